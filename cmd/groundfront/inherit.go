package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Names of the environment. The first three are systemd's, sd_listen_fds(3): the
// descriptors 3 and up are listening sockets, if the process is the one that
// they are meant for. Whoever starts a process does not know its id before, so
// an upgrade says with a name of ours whose child it is.
const (
	envListenPID   = "LISTEN_PID"
	envListenFDs   = "LISTEN_FDS"
	envListenNames = "LISTEN_FDNAMES"
	envParent      = "GROUNDFRONT_LISTEN_PPID" // instead of LISTEN_PID
	envReady       = "GROUNDFRONT_READY_FD"    // where the child says that it is ready
	envGate        = "GROUNDFRONT_GATE_FD"     // ends when the parent has left the sockets for packets
)

// firstInherited is the first descriptor that is passed on.
const firstInherited = 3

// maxInherited bounds how many are believed in.
const maxInherited = 1000

// An inheritance is what the process was started with: listening sockets, so
// that nobody who connects while it starts is refused.
type inheritance struct {
	sockets []inherited
}

// inherited is a socket for connections, or for packets.
type inherited struct {
	name     string // for messages
	listener net.Listener
	packets  net.PacketConn
}

func (s inherited) addr() net.Addr {
	if s.packets != nil {
		return s.packets.LocalAddr()
	}
	return s.listener.Addr()
}

func (s inherited) close() {
	if s.packets != nil {
		s.packets.Close()
		return
	}
	s.listener.Close()
}

// inherit takes over what is there. Sockets are for this process alone: what it
// starts gets none of them.
func inherit(getenv func(string) string) (*inheritance, error) {
	n, err := inheritedCount(getenv, os.Getpid(), os.Getppid())
	if err != nil {
		return nil, err
	}
	names := strings.Split(getenv(envListenNames), ":")
	all := new(inheritance)
	for i := range n {
		name := "descriptor " + strconv.Itoa(firstInherited+i)
		if i < len(names) && names[i] != "" {
			name += " (" + names[i] + ")"
		}
		f := os.NewFile(uintptr(firstInherited+i), name)
		s := inherited{name: name}
		var err error
		if s.listener, err = net.FileListener(f); err != nil { // a copy that is closed in children
			if packets, err := net.FilePacketConn(f); err == nil {
				s.listener, s.packets = nil, packets
			}
		}
		f.Close()
		if s.packets == nil && err != nil {
			all.close()
			return nil, fmt.Errorf("inherited %s is not a listening socket: %w", name, err)
		}
		all.sockets = append(all.sockets, s)
	}
	return all, nil
}

// inheritGate returns the gate of the sockets for packets, nil if whoever has
// started the process does not read them.
func inheritGate(getenv func(string) string) *gate {
	fd, err := strconv.Atoi(getenv(envGate))
	if err != nil || fd < firstInherited || getenv(envParent) != strconv.Itoa(os.Getppid()) {
		return nil
	}
	return newGate(inheritedPipe(fd, "gate"))
}

// inheritedCount returns how many descriptors are meant for the process pid.
func inheritedCount(getenv func(string) string, pid, parent int) (int, error) {
	count := getenv(envListenFDs)
	if count == "" || getenv(envListenPID) != strconv.Itoa(pid) && getenv(envParent) != strconv.Itoa(parent) {
		return 0, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxInherited {
		return 0, fmt.Errorf("%s is %q, want 0 to %d", envListenFDs, count, maxInherited)
	}
	return n, nil
}

// take returns the socket that listens at a configured address, nil if there is
// none.
func (i *inheritance) take(address string) net.Listener {
	for at, s := range i.sockets {
		if s.listener != nil && listensAt(s.listener.Addr(), address) {
			i.sockets = append(i.sockets[:at], i.sockets[at+1:]...)
			return s.listener
		}
	}
	return nil
}

// takePackets returns the socket for packets at an address, nil if there is none.
func (i *inheritance) takePackets(at *net.UDPAddr) net.PacketConn {
	for n, s := range i.sockets {
		if s.packets == nil {
			continue
		}
		if have, isUDP := s.packets.LocalAddr().(*net.UDPAddr); isUDP && have.Port == at.Port && (have.IP.Equal(at.IP) || have.IP.IsUnspecified() && at.IP.IsUnspecified()) {
			i.sockets = append(i.sockets[:n], i.sockets[n+1:]...)
			return s.packets
		}
	}
	return nil
}

// close closes what nobody has taken.
func (i *inheritance) close() {
	for _, s := range i.sockets {
		s.close()
	}
	i.sockets = nil
}

// listensAt reports whether a socket at addr is what listening at a configured
// address would make. Port 0 is another with each socket.
func listensAt(addr net.Addr, address string) bool {
	if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
		return addr.Network() == "unix" && addr.String() == path
	}
	tcp, isTCP := addr.(*net.TCPAddr)
	want, err := net.ResolveTCPAddr("tcp", address)
	if !isTCP || err != nil || want.Port == 0 || want.Port != tcp.Port {
		return false
	}
	have, _ := netip.AddrFromSlice(tcp.IP)
	if have = have.Unmap(); want.IP == nil { // every interface
		return have.IsUnspecified()
	}
	wanted, _ := netip.AddrFromSlice(want.IP)
	return have == wanted.Unmap()
}

// announceReady tells whoever has started the process for an upgrade that it
// answers.
func announceReady(getenv func(string) string) error {
	fd, err := strconv.Atoi(getenv(envReady))
	if err != nil || fd < firstInherited || getenv(envParent) != strconv.Itoa(os.Getppid()) {
		return nil // nobody waits
	}
	f := os.NewFile(uintptr(fd), "ready")
	_, err = f.WriteString(readyWord)
	return errors.Join(err, f.Close())
}

// readyWord is what a child writes when it answers.
const readyWord = "ready\n"
