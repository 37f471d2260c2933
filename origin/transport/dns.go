package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/groundfront/groundfront/origin"
)

// found is the answer to a look-up: the addresses, and how long they may be
// used, 0 if that is not known.
type found struct {
	addresses []netip.Addr
	life      time.Duration
}

// A dnsClient asks one recursive DNS server (RFC 1035), over UDP, and over TCP
// what does not fit there. Unlike the resolver of package net it is told how
// long an answer lives, and neither a hosts file nor search domains come
// before the server that was configured.
type dnsClient struct {
	server netip.AddrPort
	family origin.Family
	dial   dialFunc
	now    func() time.Time
}

const (
	// dnsWait is how long an answer over UDP is waited for before the question
	// is sent again; the number is ours.
	dnsWait = 1500 * time.Millisecond
	// dnsSize is the largest message over UDP (RFC 1035 section 2.3.4).
	dnsSize = 512
	// maxAliases bounds the CNAMEs that lead from a name to its addresses; the
	// number is ours.
	maxAliases = 16
)

var (
	errDNSResponse = errors.New("not the answer to the question")
	errTruncated   = errors.New("truncated answer")
)

// lookup finds the addresses of host, those of one family first, as the server
// gives them.
func (d *dnsClient) lookup(ctx context.Context, host string) (found, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(host, ".") + ".")
	if err != nil {
		return found{}, &net.DNSError{Err: "not a name", Name: host, IsNotFound: true}
	}
	types := []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
	switch d.family {
	case origin.FamilyIPv4:
		types = types[:1]
	case origin.FamilyIPv6:
		types = types[1:]
	}
	type reply struct {
		of  int
		got found
		err error
	}
	replies := make(chan reply, len(types))
	for i, t := range types {
		go func() {
			got, err := d.ask(ctx, dnsmessage.Question{Name: name, Type: t, Class: dnsmessage.ClassINET})
			replies <- reply{i, got, err}
		}()
	}
	var answers [2]reply
	for range types {
		r := <-replies
		answers[r.of] = r
	}
	return d.join(host, answers[0].got, answers[1].got, answers[0].err, answers[1].err)
}

// join makes one answer of those for the two families. An error counts only if
// there is no address.
func (d *dnsClient) join(host string, a, b found, errs ...error) (found, error) {
	all := found{addresses: append(a.addresses, b.addresses...), life: max(a.life, b.life)}
	if len(a.addresses) > 0 && len(b.addresses) > 0 {
		all.life = min(a.life, b.life)
	}
	if len(all.addresses) > 0 {
		return all, nil
	}
	failed := &net.DNSError{Err: "no such host", Name: host, Server: d.server.String(), IsNotFound: true}
	for _, err := range errs {
		if err != nil && !errors.Is(err, errNoSuchName) {
			failed.Err, failed.UnwrapErr, failed.IsNotFound = err.Error(), err, false
			failed.IsTemporary, failed.IsTimeout = true, isTimeout(err)
		}
	}
	return found{}, failed
}

// ask asks a question until there is an answer or ctx ends.
func (d *dnsClient) ask(ctx context.Context, q dnsmessage.Question) (found, error) {
	for {
		got, err := d.once(ctx, "udp", q)
		if errors.Is(err, errTruncated) {
			got, err = d.once(ctx, "tcp", q)
		}
		if err == nil || !isTimeout(err) || ctx.Err() != nil {
			return got, err
		}
	}
}

// once sends a question and waits for the answer.
func (d *dnsClient) once(ctx context.Context, network string, q dnsmessage.Question) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, dnsWait)
	defer cancel()
	c, err := d.dial(ctx, network, d.server.String())
	if err != nil {
		return found{}, err
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		c.SetDeadline(deadline)
	}
	id := uint16(rand.Uint32())
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: id, RecursionDesired: true}, Questions: []dnsmessage.Question{q}}
	wire, err := m.Pack()
	if err != nil {
		return found{}, err
	}
	if network == "tcp" {
		return exchangeStream(c, wire, id, q)
	}
	if _, err := c.Write(wire); err != nil {
		return found{}, err
	}
	for buf := make([]byte, dnsSize); ; {
		n, err := c.Read(buf)
		if err != nil {
			return found{}, err
		}
		got, err := parseAnswer(buf[:n], id, q)
		if !errors.Is(err, errDNSResponse) { // else it is somebody else's: the right one may come
			return got, err
		}
	}
}

// exchangeStream asks over a stream, where a message has its length before it
// (RFC 1035 section 4.2.2).
func exchangeStream(c net.Conn, question []byte, id uint16, q dnsmessage.Question) (found, error) {
	if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(question))), question...)); err != nil {
		return found{}, err
	}
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return found{}, err
	}
	answer := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, answer); err != nil {
		return found{}, err
	}
	got, err := parseAnswer(answer, id, q)
	if errors.Is(err, errTruncated) {
		err = errDNSResponse
	}
	return got, err
}

var errNoSuchName = errors.New("no such name")

// parseAnswer returns the addresses that a message has for the name of q, over
// the aliases that it tells of, and the shortest life of all these records.
func parseAnswer(wire []byte, id uint16, q dnsmessage.Question) (found, error) {
	var p dnsmessage.Parser
	h, err := p.Start(wire)
	if err != nil || !h.Response || h.ID != id {
		return found{}, errDNSResponse
	}
	asked, err := p.AllQuestions()
	if err != nil || len(asked) != 1 || asked[0].Type != q.Type || asked[0].Class != q.Class || !sameName(asked[0].Name, q.Name) {
		return found{}, errDNSResponse
	}
	switch {
	case h.RCode == dnsmessage.RCodeNameError:
		return found{}, errNoSuchName
	case h.RCode != dnsmessage.RCodeSuccess:
		return found{}, fmt.Errorf("the DNS server says %s", h.RCode.GoString())
	case h.Truncated:
		return found{}, errTruncated
	}
	records, err := p.AllAnswers()
	if err != nil {
		return found{}, errDNSResponse
	}
	return follow(records, q.Name), nil
}

// follow collects the addresses of a name.
func follow(records []dnsmessage.Resource, name dnsmessage.Name) (got found) {
	shortest := ^uint32(0)
	for range maxAliases {
		alias := dnsmessage.Name{}
		for i := range records {
			r := &records[i]
			if !sameName(r.Header.Name, name) || r.Header.Class != dnsmessage.ClassINET {
				continue
			}
			switch b := r.Body.(type) {
			case *dnsmessage.AResource:
				got.addresses = append(got.addresses, netip.AddrFrom4(b.A))
			case *dnsmessage.AAAAResource:
				got.addresses = append(got.addresses, netip.AddrFrom16(b.AAAA))
			case *dnsmessage.CNAMEResource:
				alias = b.CNAME
			default:
				continue
			}
			shortest = min(shortest, r.Header.TTL)
		}
		if len(got.addresses) > 0 || alias.Length == 0 {
			break
		}
		name = alias
	}
	if len(got.addresses) > 0 {
		got.life = max(time.Duration(shortest)*time.Second, 1)
	}
	return got
}

func sameName(a, b dnsmessage.Name) bool { return strings.EqualFold(a.String(), b.String()) }
