package transport

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// FuzzParseAnswer: an answer counts only for its question, and nothing comes
// out of one but addresses that an answer of the same records has.
func FuzzParseAnswer(f *testing.F) {
	q := dnsmessage.Question{Name: dnsmessage.MustNewName("api.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	header := func(name string) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET, TTL: 7}
	}
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 1, Response: true}, Questions: []dnsmessage.Question{q}, Answers: []dnsmessage.Resource{
		{Header: header("API.example."), Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("lb.example.")}},
		{Header: header("lb.example."), Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}},
		{Header: header("other.example."), Body: &dnsmessage.AResource{A: [4]byte{6, 6, 6, 6}}},
	}}
	wire, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	got, err := parseAnswer(wire, 1, q)
	if err != nil || len(got.addresses) != 1 || got.addresses[0].String() != "192.0.2.1" || got.life.String() != "7s" {
		f.Fatalf("got %v, %v, want 192.0.2.1 for 7s", got, err)
	}
	f.Add(wire)
	m.Answers = []dnsmessage.Resource{{Header: header("api.example."), Body: &dnsmessage.CNAMEResource{CNAME: q.Name}}} // an alias of itself
	wire, _ = m.Pack()
	f.Add(wire)
	f.Fuzz(func(t *testing.T, wire []byte) {
		got, err := parseAnswer(wire, 1, q)
		if err != nil && len(got.addresses) > 0 || len(got.addresses) > 0 && got.life <= 0 {
			t.Errorf("%x: got %v, %v", wire, got, err)
		}
		if _, other := parseAnswer(wire, 2, q); !errors.Is(other, errDNSResponse) {
			t.Errorf("%x: taken for the answer to another question: %v", wire, other)
		}
		var m dnsmessage.Message
		if err != nil || m.Unpack(wire) != nil {
			return
		}
		back, err := m.Pack()
		if err != nil {
			return
		}
		again, err := parseAnswer(back, 1, q)
		if err != nil || !slices.Equal(again.addresses, got.addresses) || again.life != got.life {
			t.Errorf("%x: got %v, printed and read again %v, %v", wire, got, again, err)
		}
	})
}
