package transport

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// throughProxy opens a connection to an origin's proxy and has that connect to
// the origin. The address is that of the origin, if it was looked up here.
func (t *trip) throughProxy(ctx context.Context, link *origin.Link) (net.Conn, netip.Addr, error) {
	host, port, err := t.route.target.split()
	if err != nil {
		return nil, netip.Addr{}, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	var ip netip.Addr
	own := len(link.Addresses) > 0 || link.Resolver.IsValid()
	if own {
		begin := t.client.now()
		addresses, err := t.client.addressesOf(ctx, link, host)
		t.timing.DNS = t.client.now().Sub(begin)
		if err != nil {
			return nil, netip.Addr{}, err
		}
		ip = addresses[0] // the next attempt begins with another
	}
	begin := t.client.now()
	defer func() { t.timing.Connect = t.client.now().Sub(begin) }()
	raw, err := t.client.reachProxy(ctx, link)
	if err == nil {
		to := host
		if own {
			to = ip.String()
		}
		err = negotiate(ctx, raw, link.Proxy, to, uint16(number))
	}
	if own && (err == nil || !errors.Is(ctx.Err(), context.Canceled)) {
		t.client.noteOne(link, host, ip, err)
	}
	if err != nil {
		return nil, netip.Addr{}, proxyError(link.Proxy, err)
	}
	return raw, ip, nil
}

// noteOne takes note of whether one address was reached.
func (c *Client) noteOne(link *origin.Link, host string, ip netip.Addr, err error) {
	if err != nil {
		c.resolverOf(link).note(host, []netip.Addr{ip}, netip.Addr{})
	} else {
		c.resolverOf(link).note(host, nil, ip)
	}
}

// reachProxy connects to the proxy itself, whose name is for the system's
// resolver.
func (c *Client) reachProxy(ctx context.Context, link *origin.Link) (net.Conn, error) {
	p := link.Proxy
	port := strconv.Itoa(p.Port)
	if c.resolver == nil {
		return c.dialerOf(link)(ctx, "tcp", net.JoinHostPort(p.Host, port))
	}
	addresses, err := c.resolver.resolve(ctx, p.Host)
	if err != nil {
		return nil, err
	}
	r := race{dial: c.dialerOf(link), port: port}
	raw, winner, err := r.run(ctx, addresses)
	if err == nil || !errors.Is(ctx.Err(), context.Canceled) {
		c.resolver.note(p.Host, r.failed, winner)
	}
	return raw, err
}

// proxyError says at which proxy it happened. A proxy whose own name is not
// resolved says nothing about that of the origin.
func proxyError(p *origin.Proxy, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return fmt.Errorf("proxy %v: %v", p, err)
	}
	return fmt.Errorf("proxy %v: %w", p, err)
}

// negotiate has a proxy connect to host and port over c, before ctx ends. c is
// closed if that fails.
func negotiate(ctx context.Context, c net.Conn, p *origin.Proxy, host string, port uint16) (err error) {
	if deadline, has := ctx.Deadline(); has {
		c.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	switch p.Kind {
	case origin.ProxySOCKS5:
		err = negotiateSOCKS5(c, p, host, port)
	case origin.ProxyHTTP:
		err = negotiateConnect(c, p, host, port)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.Close()
		return err
	}
	return c.SetDeadline(time.Time{})
}

// The codes of SOCKS5 (RFC 1928, RFC 1929) that are used.
const (
	socksVersion      = 5
	socksNoAuth       = 0
	socksPassword     = 2
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
	socksAuthVersion  = 1
	socksLongestField = 255
)

// socksReplies are the reasons for which a SOCKS5 proxy does not connect (RFC
// 1928 section 6).
var socksReplies = []string{"", "general failure", "not allowed", "network unreachable", "host unreachable",
	"connection refused", "TTL expired", "command not supported", "address type not supported"}

var errNotSOCKS5 = errors.New("not a SOCKS5 proxy")

func negotiateSOCKS5(c net.Conn, p *origin.Proxy, host string, port uint16) error {
	if max(len(host), len(p.User), len(p.Password)) > socksLongestField {
		return errors.New("name or credentials longer than 255 bytes")
	}
	hello := []byte{socksVersion, 1, socksNoAuth}
	if p.User != "" {
		hello = []byte{socksVersion, 1, socksPassword}
	}
	var got [2]byte
	if err := exchange(c, hello, got[:]); err != nil {
		return err
	}
	switch {
	case got[0] != socksVersion:
		return errNotSOCKS5
	case got[1] != hello[2]:
		return errors.New("the proxy wants other credentials than there are")
	case got[1] == socksPassword:
		auth := append([]byte{socksAuthVersion, byte(len(p.User))}, p.User...)
		auth = append(append(auth, byte(len(p.Password))), p.Password...)
		if err := exchange(c, auth, got[:]); err != nil {
			return err
		}
		if got[1] != 0 {
			return errors.New("the proxy refuses the credentials")
		}
	}
	return connectSOCKS5(c, host, port)
}

func connectSOCKS5(c net.Conn, host string, port uint16) error {
	request := []byte{socksVersion, socksConnect, 0}
	switch ip, err := netip.ParseAddr(host); {
	case err != nil:
		request = append(append(request, socksName, byte(len(host))), host...)
	case ip.Is4():
		request = append(append(request, socksIPv4), ip.AsSlice()...)
	default:
		request = append(append(request, socksIPv6), ip.AsSlice()...)
	}
	var reply [5]byte // of the bound address, whose length is in the fifth byte if it is a name
	if err := exchange(c, binary.BigEndian.AppendUint16(request, port), reply[:]); err != nil {
		return err
	}
	switch code := int(reply[1]); {
	case reply[0] != socksVersion:
		return errNotSOCKS5
	case code != 0 && code < len(socksReplies):
		return errors.New(socksReplies[code])
	case code != 0:
		return fmt.Errorf("reply %d", code)
	}
	left := map[byte]int{socksIPv4: 4 - 1, socksIPv6: 16 - 1, socksName: int(reply[4])}
	n, known := left[reply[3]]
	if !known {
		return errNotSOCKS5
	}
	_, err := io.ReadFull(c, make([]byte, n+2)) // and the port
	return err
}

// exchange writes p and reads exactly what reply has room for.
func exchange(c net.Conn, p, reply []byte) error {
	if _, err := c.Write(p); err != nil {
		return err
	}
	_, err := io.ReadFull(c, reply)
	return unexpected(err)
}

// maxProxyHead bounds the answer of an HTTP proxy; the number is ours.
const maxProxyHead = 16 << 10

func negotiateConnect(c net.Conn, p *origin.Proxy, host string, port uint16) error {
	authority := net.JoinHostPort(host, strconv.Itoa(int(port)))
	request := "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n"
	if p.User != "" {
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password)) + "\r\n"
	}
	if _, err := io.WriteString(c, request+"\r\n"); err != nil {
		return err
	}
	answer := make([]byte, 0, 1<<10)
	for {
		if end := bytes.Index(answer, []byte("\r\n\r\n")); end >= 0 {
			return connectAnswer(string(answer[:end]), string(answer[end+4:]))
		}
		if len(answer) >= maxProxyHead {
			return errors.New("the proxy's answer is too long")
		}
		answer = append(answer, make([]byte, 1<<10)...)
		n, err := c.Read(answer[len(answer)-1<<10:])
		answer = answer[:len(answer)-1<<10+n]
		if err != nil && n == 0 {
			return unexpected(err)
		}
	}
}

// connectAnswer judges the answer to CONNECT: a head, and what came behind it.
// A 2xx has no content, whatever its fields say (RFC 9110 section 9.3.6), and an
// origin does not speak before it is asked.
func connectAnswer(head, behind string) error {
	line, _, _ := strings.Cut(head, "\r\n")
	version, status, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(status, " ")
	switch n, err := strconv.Atoi(code); {
	case err != nil || len(code) != 3 || !strings.HasPrefix(version, "HTTP/1."):
		return errors.New("not an HTTP proxy")
	case n < 200 || n > 299:
		return fmt.Errorf("the proxy answers %q", clip(status))
	case behind != "":
		return errors.New("bytes behind the proxy's answer")
	}
	return nil
}
