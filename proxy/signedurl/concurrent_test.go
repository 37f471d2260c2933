package signedurl

import (
	"fmt"
	"sync"
	"testing"
)

// TestConcurrently: requests that verify, find and push out each other's claims at
// the same time are each decided as they are alone.
func TestConcurrently(t *testing.T) {
	v, keys := NewVerifier(PathsBoth), trusted(t)
	signer := Signer{KeyID: "K2", Key: testKeys().ec}
	const viewers = 8
	var requests [2 * viewers]*Request
	for i := range requests {
		url := fmt.Sprintf("https://shop.test/%d", i)
		parts, err := signer.Canned(url, now.Unix()+1)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 { // signed for another URL
			url += "0"
		}
		requests[i] = newRequest(AddTo(url, parts), "")
	}
	var wait sync.WaitGroup
	for n := range viewers {
		wait.Go(func() {
			var s Scratch
			for round := range 50 {
				i := (n + round) % len(requests)
				got := v.Verify(keys, requests[i], &s).Fault
				if (got == FaultNone) != (i%2 == 0) {
					t.Errorf("request %d: got %v", i, got)
				}
				if _, known := v.VerifyKnown(keys, requests[i], &s); known != (i%2 == 0) {
					t.Errorf("request %d: got known %v", i, known)
				}
			}
		})
	}
	wait.Wait()
}
