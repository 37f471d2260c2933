package transport

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// stagger is how long an address has before the next one is tried as well
// (RFC 8305 section 5: Connection Attempt Delay).
const stagger = 250 * time.Millisecond

// A race is the attempt to connect to one of several addresses (RFC 8305): the
// next one is tried when the one before has failed or is slow, and the first
// connection is taken.
type race struct {
	dial dialFunc
	port string

	results chan result // with room for all
	started int         // attempts, in the order of the addresses
	failed  []netip.Addr
	err     error // of the first that failed
}

type result struct {
	conn net.Conn
	ip   netip.Addr
	err  error
}

// run connects. ctx bounds all of it. It returns the winner, and leaves in
// failed the addresses that failed, or were slower than one that began later.
func (r *race) run(ctx context.Context, addresses []netip.Addr) (net.Conn, netip.Addr, error) {
	r.results = make(chan result, len(addresses))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.NewTimer(stagger)
	defer timer.Stop()
	r.start(ctx, addresses[0])
	for ended := 0; ended < len(addresses); {
		select {
		case got := <-r.results:
			ended++
			if got.err == nil {
				r.failed = append(r.failed, r.slower(addresses, got.ip)...)
				go closeLate(r.results, r.started-ended)
				return got.conn, got.ip, nil
			}
			r.failed = append(r.failed, got.ip)
			if r.err == nil {
				r.err = got.err
			}
		case <-timer.C:
		case <-ctx.Done():
			r.failed = addresses[:r.started]
			go closeLate(r.results, r.started-ended)
			return nil, netip.Addr{}, ctx.Err()
		}
		if r.started < len(addresses) {
			r.start(ctx, addresses[r.started])
			timer.Reset(stagger)
		}
	}
	return nil, netip.Addr{}, r.err
}

// start tries an address.
func (r *race) start(ctx context.Context, ip netip.Addr) {
	r.started++
	go func() {
		conn, err := r.dial(ctx, "tcp", net.JoinHostPort(ip.String(), r.port))
		r.results <- result{conn, ip, err}
	}()
}

// slower returns the addresses that had begun before the winner and are
// neither it nor failed.
func (r *race) slower(addresses []netip.Addr, winner netip.Addr) (slow []netip.Addr) {
	for _, ip := range addresses[:r.started] {
		if ip == winner {
			return slow
		}
		slow = append(slow, ip)
	}
	return slow
}

// closeLate closes the connections that come too late; their context has
// ended, so they do not take long.
func closeLate(results <-chan result, n int) {
	for range n {
		if late := <-results; late.conn != nil {
			late.conn.Close()
		}
	}
}
