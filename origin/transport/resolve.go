package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// The bounds of what a resolver remembers; the numbers are ours.
const (
	// defaultLife is the lifetime of an answer unless Options say otherwise:
	// that of the records of API Gateway and of load balancers.
	defaultLife = time.Minute
	// failureLife is how long a failed look-up is remembered, and the least
	// time between two look-ups of a name.
	failureLife = 2 * time.Second
	// staleLife is how long an answer serves while the resolver fails.
	staleLife = 10 * time.Minute
	// lookupTimeout bounds one look-up.
	lookupTimeout = 5 * time.Second
	maxNames      = 1024
	maxAddresses  = 16 // of one name
)

// A resolver remembers the addresses of names. Each name is looked up once at
// a time, whoever asks, and the answer is used for a fixed time, since the
// system's resolver does not tell that of the records; a DNS server that an
// origin has of its own does, and a shorter one is kept to. While the resolver
// fails the last answer serves; that a name does not exist is an answer.
//
// A connection that is older than an answer's lifetime goes on only if its
// address is still the name's: what has moved is followed, however busy its
// connections are.
//
// An address to which no connection could be made comes last for a while, and
// if that is so of all addresses, the name is looked up again.
type resolver struct {
	lookup func(ctx context.Context, host string) (found, error)
	now    func() time.Time
	life   time.Duration

	mu    sync.Mutex // guards what follows, the names' own fields included
	names map[string]*name
}

// A name is what is known of one.
type name struct {
	addresses []address // as they came; none if err is set
	err       error
	until     time.Time // when it is looked up again
	asked     time.Time
	confirmed time.Time     // when the addresses came
	asking    chan struct{} // closed when the look-up in flight has ended; nil without one
	turn      int           // which address of a family is the first
}

type address struct {
	ip     netip.Addr
	failed time.Time // zero if the last connection was made
}

// resolve returns the addresses of a host in the order in which to try them.
func (r *resolver) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	for {
		r.mu.Lock()
		n, now := r.nameLocked(host), r.now()
		if now.Before(n.until) {
			addresses, err := r.orderLocked(n, now), n.err
			r.mu.Unlock()
			return addresses, err
		}
		if n.asking == nil {
			n.asking = make(chan struct{})
			go r.ask(host, n)
		}
		asking := n.asking
		r.mu.Unlock()
		select {
		case <-asking:
		case <-ctx.Done():
			return nil, &net.DNSError{Err: context.Cause(ctx).Error(), Name: host, IsTimeout: true}
		}
	}
}

// has reports whether an address is one of a host's, and whether that is sure
// for a while. If the answer is old, the name is looked up behind the caller's
// back, and the address is taken for good meanwhile.
func (r *resolver) has(host string, ip netip.Addr) (has, sure bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nameLocked(host)
	if !r.now().Before(n.until) {
		if n.asking == nil {
			n.asking = make(chan struct{})
			go r.ask(host, n)
		}
		return true, false
	}
	if dns := (*net.DNSError)(nil); n.err != nil {
		gone := errors.As(n.err, &dns) && dns.IsNotFound
		return !gone, gone // while the resolver fails, what works goes on
	}
	return slices.ContainsFunc(n.addresses, func(a address) bool { return a.ip == ip }), true
}

// nameLocked returns what is known of a host. When there is no room for
// another, one is forgotten that nobody waits for.
func (r *resolver) nameLocked(host string) *name {
	if n := r.names[host]; n != nil {
		return n
	}
	for other, n := range r.names {
		if len(r.names) < maxNames {
			break
		}
		if n.asking == nil {
			delete(r.names, other)
		}
	}
	n := &name{}
	r.names[host] = n
	return n
}

// ask looks a host up, for whoever waits for it.
func (r *resolver) ask(host string, n *name) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	got, err := r.lookup(ctx, host)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learnLocked(host, n, got, err)
	close(n.asking)
	n.asking = nil
}

func (r *resolver) learnLocked(host string, n *name, got found, err error) {
	now := r.now()
	n.asked = now
	var dns *net.DNSError
	switch {
	case err == nil && len(got.addresses) > 0:
		n.addresses, n.err = merged(n.addresses, got.addresses), nil
		n.until, n.confirmed = now.Add(r.lifeOf(got)), now
		return
	case err == nil:
		err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	case errors.As(err, &dns) && dns.IsNotFound:
	case len(n.addresses) > 0 && now.Sub(n.confirmed) < staleLife:
		n.until = now.Add(failureLife)
		return
	}
	if dns == nil && !errors.As(err, &dns) {
		err = &net.DNSError{UnwrapErr: err, Err: err.Error(), Name: host, IsTimeout: isTimeout(err), IsTemporary: true}
	}
	n.addresses, n.err, n.until = nil, err, now.Add(failureLife)
}

// lifeOf returns how long an answer is used: that of its records, if it is
// known, within bounds.
func (r *resolver) lifeOf(got found) time.Duration {
	if got.life == 0 {
		return r.life
	}
	return min(max(got.life, failureLife), r.life)
}

// merged returns addresses with what is known of them already.
func merged(known []address, ips []netip.Addr) []address {
	var fresh []address
	for _, ip := range ips[:min(len(ips), maxAddresses)] {
		a := address{ip: ip.Unmap()}
		for _, k := range known {
			if k.ip == a.ip {
				a.failed = k.failed
			}
		}
		fresh = append(fresh, a)
	}
	return fresh
}

// orderLocked interleaves the two families, beginning with that of the first
// address (RFC 8305 section 4). Within a family each connection begins with
// another address, so that they share the load; those that have failed of late
// come last.
func (r *resolver) orderLocked(n *name, now time.Time) []netip.Addr {
	var good, bad [2][]netip.Addr // of the first family and of the other
	for i := range n.addresses {
		a := n.addresses[(i+n.turn)%len(n.addresses)]
		family := 0
		if a.ip.Is4() != n.addresses[0].ip.Is4() {
			family = 1
		}
		if a.failed.IsZero() || now.Sub(a.failed) >= r.life {
			good[family] = append(good[family], a.ip)
		} else {
			bad[family] = append(bad[family], a.ip)
		}
	}
	n.turn++
	return interleave(interleave(nil, good), bad)
}

func interleave(dst []netip.Addr, families [2][]netip.Addr) []netip.Addr {
	for i := range max(len(families[0]), len(families[1])) {
		for _, family := range families {
			if i < len(family) {
				dst = append(dst, family[i])
			}
		}
	}
	return dst
}

// note takes note of which addresses of a host have failed and which one has
// not, invalid if none. Then the host has perhaps moved.
func (r *resolver) note(host string, failed []netip.Addr, good netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, now := r.names[host], r.now()
	if n == nil {
		return
	}
	for i := range n.addresses {
		a := &n.addresses[i]
		for _, ip := range failed {
			if a.ip == ip {
				a.failed = now
			}
		}
		if a.ip == good {
			a.failed = time.Time{}
		}
	}
	if !good.IsValid() && now.Sub(n.asked) >= failureLife {
		n.until = now
	}
}
