package collapse

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey"
)

func always(uint64) bool { return true }

func TestRoles(t *testing.T) {
	hash := cachekey.Hash{Hi: 1, Lo: 2}
	for name, c := range map[string]struct {
		first  string // key of the flight that is there, "" for none
		usable bool
		want   Role
	}{
		"nothing in flight":      {"", true, RoleLeader},
		"the same key":           {"k", true, RoleJoiner},
		"outdated (CF-INV-23)":   {"k", false, RoleLeader},
		"another, of equal hash": {"other", true, RoleAlone},
	} {
		t.Run(name, func(t *testing.T) {
			table := New[int](nil)
			var first *Flight[int]
			if c.first != "" {
				first, _ = table.Join(hash, []byte(c.first), 3, always)
			}
			f, got := table.Join(hash, []byte("k"), 4, func(epoch uint64) bool {
				if epoch != 3 {
					t.Errorf("usable was asked about epoch %d, want that of the flight, 3", epoch)
				}
				return c.usable
			})
			if got != c.want {
				t.Errorf("role: got %v, want %v", got, c.want)
			}
			if joined := f == first; joined != (got == RoleJoiner) {
				t.Errorf("got the flight that was there: %v, as %v", joined, got)
			}
		})
	}
}

// The leader of a flight that was replaced does not take its successor out of
// the table.
func TestRemoveReplaced(t *testing.T) {
	table, hash := New[int](nil), cachekey.Hash{Lo: 1}
	old, _ := table.Join(hash, []byte("k"), 1, always)
	next, _ := table.Join(hash, []byte("k"), 2, func(uint64) bool { return false })
	old.Remove()
	if f, role := table.Join(hash, []byte("k"), 2, always); f != next || role != RoleJoiner {
		t.Errorf("after Remove of the old flight: got %v, want to join the new one", role)
	}
	next.Remove()
	next.Remove()
	if got := table.Len(); got != 0 {
		t.Errorf("flights in the end: got %d, want 0", got)
	}
}

// A leader may give up only while nobody has joined, and nobody can join then.
func TestRemoveUnjoined(t *testing.T) {
	table, hash := New[int](nil), cachekey.Hash{Lo: 1}
	given, _ := table.Join(hash, []byte("k"), 1, always)
	if !given.RemoveUnjoined() {
		t.Error("nobody has joined: got false, want true")
	}
	joined, role := table.Join(hash, []byte("k"), 1, always)
	if joined == given || role != RoleLeader {
		t.Errorf("after the leader gave up: got %v, want a flight of one's own", role)
	}
	table.Join(hash, []byte("k"), 1, always)
	if joined.RemoveUnjoined() || table.Len() != 1 {
		t.Errorf("somebody has joined: got true or %d flights, want false and 1", table.Len())
	}
	seen, _ := table.Join(cachekey.Hash{Lo: 2}, []byte("k"), 1, always)
	if table.Peek(cachekey.Hash{Lo: 2}, []byte("k"), always) != seen || seen.RemoveUnjoined() {
		t.Error("somebody has looked: got true, want false")
	}
	seen.Remove()
	if !table.Alone(hash, 1).RemoveUnjoined() || table.Len() != 1 {
		t.Errorf("alone: got false or %d flights, want true and 1", table.Len())
	}
}

func TestAloneIsInNoTable(t *testing.T) {
	table, hash := New[int](nil), cachekey.Hash{Lo: 1}
	alone := table.Alone(hash, 1)
	lead, role := table.Join(hash, []byte("k"), 1, always)
	if role != RoleLeader {
		t.Errorf("beside a flight alone: got %v, want %v", role, RoleLeader)
	}
	alone.Remove()
	if got := table.Len(); got != 1 {
		t.Errorf("flights: got %d, want 1", got)
	}
	alone.Publish(7, nil)
	if v, err := alone.Wait(t.Context(), nil); v != 7 || err != nil {
		t.Errorf("Wait: got %d, %v, want 7", v, err)
	}
	lead.Remove()
}

// The caller may reuse the memory of its key.
func TestKeyIsCopied(t *testing.T) {
	table, key := New[int](nil), []byte("k")
	table.Join(cachekey.Hash{}, key, 1, always)
	key[0] = 'x'
	if _, role := table.Join(cachekey.Hash{}, []byte("k"), 1, always); role != RoleJoiner {
		t.Errorf("got %v, want %v", role, RoleJoiner)
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := New[string](nil)
		lead, _ := table.Join(cachekey.Hash{}, []byte("k"), 1, always)
		gone := errors.New("viewer gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(gone) })
		time.AfterFunc(2*time.Second, func() { lead.Publish("v", nil) })

		var wait sync.WaitGroup
		wait.Go(func() {
			if v, err := lead.Wait(ctx, nil); v != "" || !errors.Is(err, gone) {
				t.Errorf("a joiner that leaves: got %q, %v, want %v", v, err, gone)
			}
		})
		wait.Go(func() {
			if v, err := lead.Wait(t.Context(), nil); v != "v" || err != nil {
				t.Errorf("a joiner that waits: got %q, %v, want v", v, err)
			}
		})
		wait.Wait()
		if v, err := lead.Wait(ctx, nil); v != "v" || err != nil {
			t.Errorf("what is published, to a viewer that is gone: got %q, %v, want v", v, err)
		}
	})
}

// CF-COL-01: however many come at once, one leads.
func TestOneLeader(t *testing.T) {
	table := New[int](nil)
	var wait sync.WaitGroup
	roles := make(chan Role, 1000)
	for range cap(roles) {
		wait.Go(func() {
			f, role := table.Join(cachekey.Hash{Hi: 9}, []byte("k"), 1, always)
			if role == RoleLeader {
				f.Publish(42, nil)
			}
			if v, err := f.Wait(t.Context(), nil); v != 42 || err != nil {
				t.Errorf("got %d, %v, want 42", v, err)
			}
			roles <- role
		})
	}
	wait.Wait()
	close(roles)
	got := make(map[Role]int)
	for r := range roles {
		got[r]++
	}
	if got[RoleLeader] != 1 || got[RoleJoiner] != 999 {
		t.Errorf("roles: got %v, want 1 leader and 999 joiners", got)
	}
}

func TestRoleNames(t *testing.T) {
	for r, want := range map[Role]string{RoleLeader: "leader", RoleJoiner: "joiner", RoleAlone: "alone", 99: "Role(?)"} {
		if got := r.String(); got != want {
			t.Errorf("Role %d: got %q, want %q", r, got, want)
		}
	}
}

func ExampleTable() {
	table := New[string](nil)
	key := []byte("GET /products")
	lead, role := table.Join(cachekey.Sum(key), key, 0, always)
	fmt.Println(role)

	joined, role := table.Join(cachekey.Sum(key), key, 0, always)
	fmt.Println(role)

	lead.Publish("the response", nil)
	response, _ := joined.Wait(context.Background(), nil)
	fmt.Println(response)
	lead.Remove()
	// Output:
	// leader
	// joiner
	// the response
}

func BenchmarkJoin(b *testing.B) {
	table, key := New[int](nil), []byte("a key of the usual length, about sixty bytes or a little more")
	b.Run("lead", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f, _ := table.Join(cachekey.Hash{}, key, 1, always)
			f.Remove()
		}
	})
	b.Run("join", func(b *testing.B) {
		f, _ := table.Join(cachekey.Hash{}, key, 1, always)
		defer f.Remove()
		b.ReportAllocs()
		for b.Loop() {
			table.Join(cachekey.Hash{}, key, 1, always)
		}
	})
}

// A flight whose published value can not be joined any more is replaced. Peek
// sees it still.
func TestOpen(t *testing.T) {
	table, hash, key := New(func(v int) bool { return v > 0 }), cachekey.Hash{Lo: 1}, []byte("k")
	if f := table.Peek(hash, key, always); f != nil {
		t.Fatal("Peek into an empty table: got a flight")
	}
	first, _ := table.Join(hash, key, 1, always)
	for name, c := range map[string]struct {
		got  *Flight[int]
		want bool
	}{
		"in flight":           {table.Peek(hash, key, always), true},
		"outdated":            {table.Peek(hash, key, func(uint64) bool { return false }), false},
		"another key":         {table.Peek(hash, []byte("other"), always), false},
		"another hash":        {table.Peek(cachekey.Hash{Lo: 2}, key, always), false},
		"another, same shard": {table.Peek(cachekey.Hash{Lo: 1 + shards}, key, always), false},
	} {
		if (c.got == first) != c.want || !c.want && c.got != nil {
			t.Errorf("Peek, %s: got %p, want the flight: %v", name, c.got, c.want)
		}
	}
	first.Publish(0, nil)
	if f := table.Peek(hash, key, always); f != first {
		t.Error("Peek after a closed value: got no flight")
	}
	second, role := table.Join(hash, key, 1, always)
	if second == first || role != RoleLeader {
		t.Fatalf("Join after a closed value: got %v, want to lead", role)
	}
	second.Publish(1, nil)
	if f, role := table.Join(hash, key, 1, always); f != second || role != RoleJoiner {
		t.Errorf("Join after an open value: got %v, want to join", role)
	}
}

// What the leader keeps for those that wait is kept until each has taken it or
// given up; who comes later does not count.
func TestServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := New[int](nil)
		f, _ := table.Join(cachekey.Hash{}, []byte("k"), 1, always)
		ctx, cancel := context.WithCancel(t.Context())
		var served atomic.Bool
		slow := func(int) {
			if served.Load() {
				t.Error("served before one had taken the value")
			}
			time.Sleep(time.Minute)
		}
		var wait sync.WaitGroup
		wait.Go(func() { f.Wait(t.Context(), slow) })
		wait.Go(func() { f.Wait(ctx, nil) })
		synctest.Wait()
		f.Publish(1, func() {
			if served.Load() {
				t.Error("served is called twice")
			}
			served.Store(true)
		})
		synctest.Wait()
		cancel()
		go f.Wait(t.Context(), func(int) { time.Sleep(time.Hour) })
		if synctest.Wait(); served.Load() {
			t.Error("served while one takes the value")
		}
		wait.Wait()
		if !served.Load() {
			t.Error("not served when all that waited had the value")
		}
		nobody, _ := table.Join(cachekey.Hash{Lo: 1}, []byte("k"), 1, always)
		called := false
		if nobody.Publish(1, func() { called = true }); !called {
			t.Error("not served although nobody waited")
		}
		time.Sleep(2 * time.Hour)
	})
}
