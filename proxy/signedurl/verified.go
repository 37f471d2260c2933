package signedurl

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// How much is kept: slots for verified claims, in sets of ways. One takes about a
// kilobyte, so all take 8 MiB, and more only where those who hold a key sign long
// policies: what is longer than maxKept, policy and signature, is not kept.
const (
	verifiedSets = 2048
	verifiedWays = 4
	maxKept      = 4096
)

// verified remembers claims that were verified. It is a table of a fixed size
// without locks: who adds a claim takes the place of another of its set. A claim
// is found if all of it is equal; its hash only says where to look.
type verified struct {
	seed maphash.Seed
	sets [verifiedSets][verifiedWays]atomic.Pointer[verifiedClaim]
	next atomic.Uint32 // way that is replaced next
}

// A verifiedClaim is immutable, and nothing of it is a view.
type verifiedClaim struct {
	hash            uint64
	key             *PublicKey
	algorithm       Hash
	canned          bool
	text, signature string
	policy          *compiled
}

func newVerified() *verified { return &verified{seed: maphash.MakeSeed()} }

func (v *verified) hash(c *claim) uint64 {
	return maphash.String(v.seed, c.text) ^ maphash.String(v.seed, c.values[paramSignature])
}

// find returns the policy of a claim that was verified, else nil.
//
// Hot path: no allocation.
func (v *verified) find(c *claim) *compiled {
	h := v.hash(c)
	set := &v.sets[h%verifiedSets]
	for i := range set {
		if known := set[i].Load(); known != nil && known.hash == h && known.is(c) {
			return known.policy
		}
	}
	return nil
}

func (known *verifiedClaim) is(c *claim) bool {
	return known.key == c.key && known.algorithm == c.hash() && known.canned == c.canned &&
		known.signature == c.values[paramSignature] && known.text == c.text
}

// add keeps a claim whose signature is good.
func (v *verified) add(c *claim, policy *compiled) {
	if len(c.text)+len(c.values[paramSignature]) > maxKept {
		return
	}
	h := v.hash(c)
	set := &v.sets[h%verifiedSets]
	way := -1
	for i := range set {
		known := set[i].Load()
		if known == nil {
			way = i
			break
		}
		if known.hash == h && known.is(c) { // another has been faster
			return
		}
	}
	if way < 0 {
		way = int(v.next.Add(1) % verifiedWays)
	}
	set[way].Store(&verifiedClaim{
		hash: h, key: c.key, algorithm: c.hash(), canned: c.canned,
		text: strings.Clone(c.text), signature: strings.Clone(c.values[paramSignature]), policy: policy,
	})
}
