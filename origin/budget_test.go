package origin

import "testing"

// However many fail, the additional requests are a share of the ordinary ones
// and a burst.
func TestBudget(t *testing.T) {
	for _, test := range []struct {
		share    float64
		burst    int
		requests int
		want     int
	}{
		{0.25, 4, 0, 0},
		{0.25, 4, 400, 104},
		{0.5, 1, 400, 200},
		{0, 3, 1000, 3},
		{0, 0, 10, 1},
		{1, 10, 100, 100}, // each pays for its own: the burst is still there
	} {
		b, got := NewBudget(test.share, test.burst), 0
		for range test.requests {
			b.Deposit()
			if b.Withdraw() {
				got++
			}
		}
		if got < test.want-1 || got > test.want {
			t.Errorf("share %v, burst %d: of %d requests that all want one more, %d got it, want %d", test.share, test.burst, test.requests, got, test.want)
		}
	}
}

// What calm times bring is at hand later, up to the burst.
func TestBudgetBurst(t *testing.T) {
	b := NewBudget(0.5, 3)
	for range 3 {
		if !b.Withdraw() {
			t.Fatal("a new budget is not full")
		}
	}
	if b.Withdraw() {
		t.Fatal("more than the burst")
	}
	for range 100 {
		b.Deposit()
	}
	n := 0
	for b.Withdraw() {
		n++
	}
	if n != 3 {
		t.Errorf("after 100 requests: got %d, want the burst of 3", n)
	}
}

func TestNoBudget(t *testing.T) {
	var b *Budget
	b.Deposit()
	if !b.Withdraw() {
		t.Error("no budget bounds something")
	}
}
