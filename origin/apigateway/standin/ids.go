package standin

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"
)

// requestIDs are the names the gateway gives to one request.
type requestIDs struct {
	request  string // uuid v4: x-amzn-RequestId (AG-RSP-01)
	extended string // 16 characters ending in "=": x-amz-apigw-id, apigw-requestid (AG-RSP-02, AG-RSP-03)
	// From 0, below 1: which deployment answers, and the weather it has.
	share, latency, luck float64
	trace                string // "Root=1-{8 hex}-{24 hex}": X-Amzn-Trace-Id (AG-HDR-03)
}

// An idSource draws requestIDs. Safe for concurrent use.
type idSource struct {
	seed  uint64 // 0: random
	count atomic.Uint64
}

// next returns the ids of a request that arrived at now. In seeded mode they
// depend on the seed, the position in the sequence and now alone (AG-EMU-13).
func (s *idSource) next(now time.Time) requestIDs {
	draw := rand.Uint64
	if s.seed != 0 {
		draw = rand.New(rand.NewPCG(s.seed, s.count.Add(1))).Uint64
	}
	var b [64]byte
	for i := 0; i < len(b); i += 8 {
		binary.BigEndian.PutUint64(b[i:], draw())
	}
	id := b[:16]
	id[6] = id[6]&0x0f | 0x40 // version 4, RFC 9562 section 5.4
	id[8] = id[8]&0x3f | 0x80
	return requestIDs{
		request:  fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]),
		extended: base64.URLEncoding.EncodeToString(b[16:27]),
		share:    fraction(b[40:]), latency: fraction(b[48:]), luck: fraction(b[56:]),
		trace: fmt.Sprintf("Root=1-%08x-%s", uint32(now.Unix()), hex.EncodeToString(b[27:39])),
	}
}

// fraction makes 8 bytes a number from 0, below 1.
func fraction(b []byte) float64 { return float64(binary.BigEndian.Uint64(b)>>11) / (1 << 53) }

// traceOf keeps the trace of a caller that sent one (AG-HDR-03).
func traceOf(received, own string) string {
	const longest = 256
	if strings.HasPrefix(received, "Root=1-") && len(received) <= longest {
		return received
	}
	return own
}

// traceRoot cuts Parent and Sampled off a trace header: responses carry the
// root alone (AG-RSP-04).
func traceRoot(trace string) string {
	root, _, _ := strings.Cut(trace, ";")
	return root
}
