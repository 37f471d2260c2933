package viewertls_test

import (
	"crypto/tls"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewertls"
)

// TestTicketKeys: a session is resumed with keys that are up to two days old and
// never with those from three days ago; each day has a new one (reliability T1).
func TestTicketKeys(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		now := time.Now()
		tickets := viewertls.NewTickets(func() time.Time { return now })
		table := resuming(tickets, viewertls.PolicyDefault, certificate(t, viewertls.KeyECDSA, "www.test"))
		viewer := &tls.Config{ServerName: "www.test", MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		resumes := func(after string, want bool) {
			t.Helper()
			state, err := handshake(t, table.Choose, viewer)
			if err != nil || state.DidResume != want {
				t.Errorf("%s, %s: got resumed %t, %v, want %t", tls.VersionName(version), after, state.DidResume, err, want)
			}
		}
		resumes("at first", false)
		resumes("at once", true)
		now = now.Add(23 * time.Hour)
		resumes("after 23 h", true)
		now = now.Add(47 * time.Hour)
		resumes("47 h later", true)
		now = now.Add(73 * time.Hour)
		resumes("73 h later", false)
		table = resuming(viewertls.NewTickets(nil), viewertls.PolicyDefault, certificate(t, viewertls.KeyECDSA, "www.test"))
		resumes("after a restart", false)
	}
}

// TestTicketKeysChange: however often keys change, a ticket outlives no more than
// three, so that a key that becomes known opens no more than three days.
func TestTicketKeysChange(t *testing.T) {
	now := time.Now()
	tickets := viewertls.NewTickets(func() time.Time { return now })
	table := resuming(tickets, viewertls.PolicyDefault, certificate(t, viewertls.KeyECDSA, "www.test"))
	other := &tls.Config{ServerName: "www.test"}
	viewer := &tls.Config{ServerName: "www.test", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	for day, want := range []bool{false, true} {
		if state, err := handshake(t, table.Choose, viewer); err != nil || state.DidResume != want {
			t.Errorf("day %d: got resumed %t, %v, want %t", day, state.DidResume, err, want)
		}
		now = now.Add(24 * time.Hour)
	}
	for range 3 { // somebody else has each key made
		if _, err := handshake(t, table.Choose, other); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24 * time.Hour)
	}
	if state, err := handshake(t, table.Choose, viewer); err != nil || state.DidResume {
		t.Errorf("after four days: got resumed %t, %v, want a new session", state.DidResume, err)
	}
}

// TestTicketsAreBound: a session that began with a certificate and a policy goes
// on with no other, though the keys are the same; so nothing of one distribution
// is vouched for by another's handshake.
func TestTicketsAreBound(t *testing.T) {
	tickets := viewertls.NewTickets(nil)
	first, second := certificate(t, viewertls.KeyECDSA, "www.test"), certificate(t, viewertls.KeyECDSA, "www.test")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		sessions := tls.NewLRUClientSessionCache(1)
		for _, tt := range []struct {
			name        string
			certificate *viewertls.Certificate
			policy      viewertls.Policy
			want        bool
		}{
			{"at first", first, viewertls.PolicyDefault, false},
			{"the same again, as after a reload", first, viewertls.PolicyTLSv12_2021, true},
			{"another certificate", second, viewertls.PolicyDefault, false},
			{"another policy", second, viewertls.PolicyTLSv12_2025, false},
		} {
			table := resuming(tickets, tt.policy, tt.certificate)
			state, err := handshake(t, table.Choose, &tls.Config{ServerName: "www.test", MaxVersion: version, ClientSessionCache: sessions})
			if err != nil || state.DidResume != tt.want {
				t.Errorf("%s, %s: got resumed %t, %v, want %t", tls.VersionName(version), tt.name, state.DidResume, err, tt.want)
			}
		}
	}
}

// TestNoEarlyData: a session that was given out as one for early data is none when
// it comes back (reliability T4), which is all that could allow it: over TCP
// crypto/tls has no early data.
func TestNoEarlyData(t *testing.T) {
	table := resuming(viewertls.NewTickets(nil), viewertls.PolicyDefault, certificate(t, viewertls.KeyECDSA, "www.test"))
	config := table.Choose(modernHello("www.test")).Config
	session := &kept{}
	if _, err := handshake(t, table.Choose, &tls.Config{ServerName: "www.test", ClientSessionCache: session}); err != nil {
		t.Fatal(err)
	}
	ticket, _, err := session.ResumptionState()
	if err != nil {
		t.Fatal(err)
	}
	state, err := config.UnwrapSession(ticket, tls.ConnectionState{})
	if err != nil || state == nil {
		t.Fatalf("UnwrapSession: got %v, %v", state, err)
	}
	state.EarlyData = true
	if ticket, err = config.WrapSession(tls.ConnectionState{}, state); err != nil {
		t.Fatal(err)
	}
	if state, err = config.UnwrapSession(ticket, tls.ConnectionState{}); err != nil || state == nil || state.EarlyData {
		t.Errorf("a session for early data: got %+v, %v, want one without", state, err)
	}
}

// kept keeps the latest session of a viewer.
type kept struct{ *tls.ClientSessionState }

func (k *kept) Put(_ string, s *tls.ClientSessionState)    { k.ClientSessionState = s }
func (k *kept) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// TestSharedKeys: processes with the same file resume each other's sessions, also
// when one has a new key in front already (reliability T1).
func TestSharedKeys(t *testing.T) {
	old, fresh, other := strings.Repeat("0a", 32), strings.Repeat("0B", 32), strings.Repeat("0c", 32)
	c := certificate(t, viewertls.KeyECDSA, "www.test")
	sessions := tls.NewLRUClientSessionCache(1)
	for _, tt := range []struct {
		name, file string
		want       bool
	}{
		{"at first", old, false},
		{"another process", "# of today\n" + old + "\n", true},
		{"one with a new key in front", fresh + "\r\n\n" + old, true},
		{"one with the new key alone", fresh, true},
		{"one with other keys", other + "\n" + old, false},
	} {
		keys, err := viewertls.ParseTicketKeys([]byte(tt.file))
		if err != nil {
			t.Fatal(err)
		}
		table := resuming(viewertls.FixedTickets(keys), viewertls.PolicyDefault, c)
		state, err := handshake(t, table.Choose, &tls.Config{ServerName: "www.test", ClientSessionCache: sessions})
		if err != nil || state.DidResume != tt.want {
			t.Errorf("%s: got resumed %t, %v, want %t", tt.name, state.DidResume, err, tt.want)
		}
	}
	for _, file := range []string{"", "# none", old[1:], old + "0", strings.Repeat("xy", 32), old + "\n" + old, old + "\n" + fresh + "\n" + other + "\n" + strings.Repeat("0d", 32)} {
		if keys, err := viewertls.ParseTicketKeys([]byte(file)); err == nil || strings.Contains(err.Error(), "0a0a") {
			t.Errorf("%q: got %x, %v, want an error that has no key in it", file, keys, err)
		}
	}
}

// FuzzTicketKeys: what is read and written again is read as the same.
func FuzzTicketKeys(f *testing.F) {
	f.Add([]byte("# x\n" + strings.Repeat("0a", 32) + "\n\n" + strings.Repeat("Fe", 32)))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := viewertls.ParseTicketKeys(text)
		if err != nil {
			return
		}
		var again []byte
		for _, k := range keys {
			again = append(hex.AppendEncode(again, k[:]), '\n')
		}
		if got, err := viewertls.ParseTicketKeys(again); err != nil || !slices.Equal(got, keys) {
			t.Errorf("%q: got %x, %v, want %x", again, got, err, keys)
		}
	})
}

// TestNoTickets: without Tickets none are given.
func TestNoTickets(t *testing.T) {
	table := resuming(nil, viewertls.PolicyDefault, certificate(t, viewertls.KeyECDSA, "www.test"))
	viewer := &tls.Config{ServerName: "www.test", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	for range 2 {
		if state, err := handshake(t, table.Choose, viewer); err != nil || state.DidResume {
			t.Errorf("got resumed %t, %v, want new sessions", state.DidResume, err)
		}
	}
}

func resuming(tickets *viewertls.Tickets, p viewertls.Policy, c *viewertls.Certificate) *viewertls.Table {
	return viewertls.New(viewertls.Options{
		Distributions: []viewertls.Distribution{{Names: []string{"www.test"}, Certificates: []*viewertls.Certificate{c}, Policy: p}},
		Protocols:     viewertls.HTTP1, Tickets: tickets,
	})
}
