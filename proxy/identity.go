package proxy

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	mathrand "math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// An idSource makes values for X-Amz-Cf-Id: 54 base64url characters and "=="
// (CF-HDR-53, TV-BYTE-03). They identify and protect nothing, so they need not
// be hard to guess, but no two are the same, in any process.
//
// An id has seven pieces of eight characters. For each piece there are 256 to
// choose from, which differ and were drawn at the start: 320 bits that other
// processes do not share. A number of 56 bits chooses, which is used once.
//
// An id takes 12 to 18 ns. Rejected: a generator and a table of 4096 pairs of
// characters, 36 to 40 ns; five draws of the runtime's generator and
// encoding/base64, 170 to 180 ns and two allocations (BenchmarkRequestID).
type idSource struct {
	pieces [idPieces][256]uint64
	shards []idShard
}

const (
	idPieces = len(viewer.RequestID{}) / 8
	idBits   = 8 * idPieces
	// idShardBits are those that tell shards apart: viewer.Shards is at most 64.
	idShardBits = 6
)

// An idShard counts the ids of requests that have its number. Requests that
// run at the same time may share it.
type idShard struct {
	count atomic.Uint64
	_     [120]byte // its own cache lines
}

func newIDSource() *idSource {
	s := &idSource{shards: make([]idShard, viewer.Shards(runtime.GOMAXPROCS(0)))}
	for i := range s.shards {
		s.shards[i].count.Store(uint64(i) << (idBits - idShardBits))
	}
	for i := range s.pieces {
		for j := range s.pieces[i] {
			piece := newPiece(i)
			for slices.Contains(s.pieces[i][:j], piece) {
				piece = newPiece(i)
			}
			s.pieces[i][j] = piece
		}
	}
	return s
}

// newPiece draws a piece for a place in an id. The last place ends it.
func newPiece(place int) uint64 {
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails
	if place == idPieces-1 {
		return binary.LittleEndian.Uint64([]byte(base64.URLEncoding.EncodeToString(raw[:4])))
	}
	return binary.LittleEndian.Uint64([]byte(base64.URLEncoding.EncodeToString(raw[:])))
}

// next fills in the id of a request of a shard.
//
// Hot path: no allocation.
func (s *idSource) next(number uint8, id *viewer.RequestID) {
	n := scramble(s.shards[int(number)&(len(s.shards)-1)].count.Add(1))
	binary.LittleEndian.PutUint64(id[0:], s.pieces[0][n&0xff])
	binary.LittleEndian.PutUint64(id[8:], s.pieces[1][n>>8&0xff])
	binary.LittleEndian.PutUint64(id[16:], s.pieces[2][n>>16&0xff])
	binary.LittleEndian.PutUint64(id[24:], s.pieces[3][n>>24&0xff])
	binary.LittleEndian.PutUint64(id[32:], s.pieces[4][n>>32&0xff])
	binary.LittleEndian.PutUint64(id[40:], s.pieces[5][n>>40&0xff])
	binary.LittleEndian.PutUint64(id[48:], s.pieces[6][n>>48&0xff])
}

// text returns a new id.
func (s *idSource) text(number uint8) string {
	var id viewer.RequestID
	s.next(number, &id)
	return string(id[:])
}

// scramble is a bijection of numbers of 56 bits: what differs little becomes
// what differs in half of the bits.
func scramble(n uint64) uint64 {
	const mask = 1<<idBits - 1
	n = n * 0x9e3779b97f4a7c15 & mask // odd
	n ^= n >> 28                      // undone by doing it again
	n = n * 0xbf58476d1ce4e5b9 & mask
	n ^= n >> 29
	n = n * 0x94d049bb133111eb & mask
	return n ^ n>>28
}

// newBoundary returns a separator that content will not contain by chance, nor
// by a guess of who made the content.
func newBoundary() string {
	var raw [12]byte
	binary.LittleEndian.PutUint64(raw[:], mathrand.Uint64())
	binary.LittleEndian.PutUint32(raw[8:], mathrand.Uint32())
	return hex.EncodeToString(raw[:])
}

// newEdgeHost returns the host part of Via, which is per edge host and not the
// distribution's name (CF-HDR-52, CF-RESP-21).
func newEdgeHost() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:]) + ".cloudfront.net"
}
