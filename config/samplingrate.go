package config

import (
	"strconv"
	"strings"
)

// ServerTimingHeadersConfig is AWS's
// ResponseHeadersPolicyServerTimingHeadersConfig (CF-STM-01).
type ServerTimingHeadersConfig struct {
	// Enabled adds Server-Timing to a part of all responses, and to each whose
	// request has "Pragma: server-timing".
	Enabled bool `config:"enabled,required"`

	// SamplingRate is how many of a hundred responses get the header without
	// being asked for it, from 0 to 100 with up to four decimals. Default 0.
	SamplingRate SamplingRate `config:"sampling_rate"`
}

// SamplingRate is a part of all, in millionths: in a file it is percent with up
// to four decimals.
type SamplingRate int

const (
	samplingDecimals = 4
	samplingAll      = 1_000_000
)

// String returns r in the file's notation.
func (r SamplingRate) String() string {
	return strconv.FormatFloat(float64(r)/(samplingAll/100), 'f', -1, 64)
}

func (r *SamplingRate) readNode(rd *reader, n *node, at path) {
	if n.kind != kindFloat && n.kind != kindInt {
		rd.at(n.pos, wrongType, at, "want percent, a number from 0 to 100, got %s", describe(n))
		return
	}
	whole, decimals, _ := strings.Cut(n.text, ".")
	if whole == "" || strings.Trim(whole+decimals, "0123456789") != "" {
		rd.at(n.pos, badValue, at, "%s is not a plain decimal number", n.text)
		return
	}
	if len(decimals) > samplingDecimals {
		rd.at(n.pos, badValue, at, "%s has more than four decimals (CF-STM-01)", n.text).
			Suggestion = "write " + whole + "." + decimals[:samplingDecimals]
		return
	}
	v, err := strconv.Atoi(whole + decimals + strings.Repeat("0", samplingDecimals-len(decimals)))
	if err != nil || v > samplingAll {
		rd.at(n.pos, outOfRange, at, "%s percent, want 0 to 100 (CF-STM-01)", n.text)
		return
	}
	*r = SamplingRate(v)
}

func (r *SamplingRate) printNode() *node {
	kind := kindFloat
	if *r%(samplingAll/100) == 0 {
		kind = kindInt
	}
	return &node{kind: kind, text: r.String()}
}

func (*SamplingRate) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": 0, "maximum": 100}
}
