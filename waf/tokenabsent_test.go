package waf

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// fakeTokens says of a token what its value is.
type fakeTokens struct{}

func (fakeTokens) Check(value, _ string, _ Action, _ time.Duration, _ time.Time) TokenState {
	for f := TokenValid; f <= TokenDomainMismatch; f++ {
		if f.String() == value {
			return TokenState{Failure: f}
		}
	}
	return TokenState{Failure: TokenInvalid}
}

func (fakeTokens) Page(string, Action, time.Duration, time.Time) []byte { return nil }

func TestTokenAbsent(t *testing.T) {
	for _, tc := range []struct {
		token   string
		tokens  Tokens
		labels  string
		matches bool
	}{
		{"", fakeTokens{}, "absent", true},
		{"VALID", fakeTokens{}, "accepted", false},
		{"TOKEN_EXPIRED", fakeTokens{}, "rejected rejected:expired", false},
		{"TOKEN_DOMAIN_MISMATCH", fakeTokens{}, "rejected rejected:domain_mismatch", false},
		{"x", fakeTokens{}, "rejected rejected:invalid", false},
		{"VALID", nil, "rejected rejected:invalid", false},
	} {
		a, err := New(Config{Name: "test", Tokens: tc.tokens, Rules: []Rule{{Name: "r", Statement: TokenAbsent{}, Handling: Handling{Action: ActionBlock}}}})
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{}
		if tc.token != "" {
			r.Fields = field.Lines{{Name: "cookie", Value: "a=1; aws-waf-token=" + tc.token}}
		}
		record := &Record{}
		v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), r, record)
		var labels []string
		for _, l := range record.Labels {
			labels = append(labels, strings.TrimPrefix(l, "awswaf:managed:token:"))
		}
		slices.Sort(labels)
		if got := strings.Join(labels, " "); got != tc.labels || (v.Action == ActionBlock) != tc.matches {
			t.Errorf("token %q: got labels %s, action %v; want %s, a match %v", tc.token, got, v.Action, tc.labels, tc.matches)
		}
	}
}
