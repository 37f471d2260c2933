package transport

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// proxySignature begins a header of version 2 of the PROXY protocol.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// appendProxyHeader appends what tells an origin whose request comes over a
// connection (the PROXY protocol of HAProxy, sections 2.1 and 2.2). Addresses
// that are not known are said to be so, and two families become one: an IPv4
// address is the IPv6 address that stands for it.
func appendProxyHeader(b []byte, version origin.ProxyProtocol, e origin.Ends) []byte {
	src, dst := plain(e.Viewer), plain(e.Edge)
	if src.IsValid() && !dst.IsValid() {
		dst = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	if src.Addr().Is4() != dst.Addr().Is4() {
		src, dst = mapped(src), mapped(dst)
	}
	if version == origin.ProxyProtocolV1 {
		return appendProxyLine(b, src, dst)
	}
	const versionAndCommand, unspecified, tcp4, tcp6 = 0x21, 0x00, 0x11, 0x21 // PROXY, not LOCAL
	b = append(append(b, proxySignature...), versionAndCommand)
	switch {
	case !src.IsValid():
		return append(b, unspecified, 0, 0)
	case src.Addr().Is4():
		b = append(b, tcp4, 0, 12)
	default:
		b = append(b, tcp6, 0, 36)
	}
	b = append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, src.Port()), dst.Port())
}

// appendProxyLine appends a header of version 1.
func appendProxyLine(b []byte, src, dst netip.AddrPort) []byte {
	switch {
	case !src.IsValid():
		return append(b, "PROXY UNKNOWN\r\n"...)
	case src.Addr().Is4():
		b = append(b, "PROXY TCP4 "...)
	default:
		b = append(b, "PROXY TCP6 "...)
	}
	b = append(appendIPv6(b, src.Addr()), ' ')
	b = append(appendIPv6(b, dst.Addr()), ' ')
	b = append(strconv.AppendUint(b, uint64(src.Port()), 10), ' ')
	return append(strconv.AppendUint(b, uint64(dst.Port()), 10), "\r\n"...)
}

// appendIPv6 appends an address in a form that receivers of TCP6 read: without
// a dotted part.
func appendIPv6(b []byte, ip netip.Addr) []byte {
	if !ip.Is4In6() {
		return ip.AppendTo(b)
	}
	b = append(b, "::ffff:"...)
	four := ip.As16()
	b = strconv.AppendUint(b, uint64(binary.BigEndian.Uint16(four[12:])), 16)
	return strconv.AppendUint(append(b, ':'), uint64(binary.BigEndian.Uint16(four[14:])), 16)
}

// plain returns an address without zone, IPv4 as such.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

func mapped(a netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return a
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
}

// introduce says first whose connection this is, if the origin wants that.
func (rt *route) introduce(ctx context.Context, raw net.Conn) error {
	version := rt.link().ProxyProtocol
	if version == origin.ProxyProtocolOff {
		return nil
	}
	return writeBy(ctx, raw, appendProxyHeader(nil, version, rt.special.Value().ends))
}

// writeBy writes before the deadline of ctx.
func writeBy(ctx context.Context, c net.Conn, p []byte) error {
	if deadline, has := ctx.Deadline(); has {
		c.SetWriteDeadline(deadline)
		defer c.SetWriteDeadline(time.Time{})
	}
	_, err := c.Write(p)
	return err
}
