package overload

import "fmt"

// Level is how much is given up: what belongs to a level is given up at all above
// it too (reliability D6).
type Level uint8

// The levels.
const (
	LevelNormal      Level = iota // nothing
	LevelStopFilling              // no response is stored any more
	LevelShed                     // idle connections end, others end with their response, new streams for the origin are refused
	LevelOnlyHits                 // what is not stored is answered with 503
	LevelStopAccepting
	NumLevels
)

var levelNames = [NumLevels]string{"normal", "stop_filling", "shed", "only_hits", "stop_accepting"}

// String returns the level in snake case.
func (l Level) String() string {
	if l < NumLevels {
		return levelNames[l]
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Marks are where the levels above LevelNormal begin, in the unit of a gauge. A
// level with 0 does not begin.
type Marks [NumLevels - 1]float64

// level returns the highest level that has begun at a value. With slack, a level at
// or below held ends only when the value is that part of its mark lower.
func (m *Marks) level(value float64, held Level, slack float64) Level {
	for l := NumLevels - 1; l > LevelNormal; l-- {
		mark := m[l-1]
		if l <= held {
			mark *= 1 - slack
		}
		if mark > 0 && value >= mark {
			return l
		}
	}
	return LevelNormal
}

// Shed is what is given up, for counting.
type Shed uint8

// What is given up.
const (
	ShedStore      Shed = iota // a response that would have been stored
	ShedConnection             // a connection, idle or with its response
	ShedStream                 // an HTTP/2 stream that was refused
	ShedRequest                // a request that got 503
	NumSheds
)

var shedNames = [NumSheds]string{"store", "connection", "stream", "request"}

// String returns the word that a metric's label has for it.
func (s Shed) String() string {
	if s < NumSheds {
		return shedNames[s]
	}
	return fmt.Sprintf("Shed(%d)", uint8(s))
}
