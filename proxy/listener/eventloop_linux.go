package listener

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

const hasEventLoops = true

// startLoops starts a loop for each processor.
func (s *Server) startLoops() error {
	table := new(fdTable)
	var loops []*loop
	for i := range runtime.GOMAXPROCS(0) {
		p, err := newEpoll(table)
		if err != nil {
			for _, l := range loops {
				l.poller.close()
			}
			return err
		}
		l := newLoop(s, p, uint8(i))
		p.owner = l
		loops = append(loops, l)
	}
	s.loops, s.fds = loops, table
	for _, l := range loops {
		s.looping.Go(l.run)
	}
	return nil
}

// serveLoops accepts connections for the loops until l, the listener of from, is
// closed.
func (s *Server) serveLoops(l *net.TCPListener, from *port) error {
	file, err := l.File() // a TCPListener does not let others wait for it
	if err != nil {
		return err
	}
	defer file.Close()
	s.alsoStop(from, func() { _ = file.SetReadDeadline(time.Unix(1, 0)) })
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var tuneErr error
	if err := raw.Control(func(fd uintptr) { tuneErr = tune(int(fd)) }); err != nil || tuneErr != nil {
		return errors.Join(err, tuneErr)
	}
	next := 0
	open := func(fd int, remote syscall.Sockaddr) {
		next = (next + 1) % len(s.loops)
		s.openLoop(s.loops[next], fd, remote, from)
	}
	for pace := (pacer{}); ; {
		s.awaitCalm(from)
		fd, remote := -1, syscall.Sockaddr(nil)
		var acceptErr error
		err := raw.Read(func(listening uintptr) bool {
			fd, remote, acceptErr = accept4(listening)
			return !errors.Is(acceptErr, syscall.EAGAIN)
		})
		switch {
		case err != nil && from.draining.Load():
			return errors.Join(err, raw.Control(func(listening uintptr) { acceptRest(listening, open) }))
		case err != nil:
			return err
		case passes(acceptErr):
			s.rest(&pace, acceptErr)
			continue
		case acceptErr != nil:
			return os.NewSyscallError("accept4", acceptErr)
		}
		if !s.mayUse(fd) {
			syscall.Close(fd)
			s.refused(RefusalDescriptors)
			s.rest(&pace, errKept)
			continue
		}
		pace = pacer{}
		open(fd, remote)
	}
}

func accept4(listening uintptr) (fd int, remote syscall.Sockaddr, err error) {
	return syscall.Accept4(int(listening), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
}

// acceptRest accepts what waits to be accepted.
func acceptRest(listening uintptr, open func(fd int, remote syscall.Sockaddr)) {
	for until := time.Now().Add(restTime); time.Now().Before(until); {
		fd, remote, err := accept4(listening)
		switch {
		case err == nil:
			open(fd, remote)
		case !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.ECONNABORTED):
			return
		}
	}
}

// tune sets what accepted sockets inherit.
func tune(fd int) error {
	return errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 60),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15),
	)
}

// openLoop gives an accepted connection to a loop.
func (s *Server) openLoop(l *loop, fd int, remote syscall.Sockaddr, from *port) {
	peer := addrPortOf(remote)
	if fd > maxDescriptor {
		syscall.Close(fd)
		return
	}
	who, ok := s.takeSlot(peer, from)
	if !ok {
		syscall.Close(fd)
		return
	}
	socket := &tcpSocket{conns: s.fds, fd: fd}
	c := &loopConn{loop: l, raw: socket, socket: socket, since: momentOf(time.Now())}
	local, _ := syscall.Getsockname(fd) // an address for the log
	c.peer = viewer.Peer{Remote: who, Local: addrPortOf(local), Shard: l.shard}
	s.startLoop(c, peer, from)
}

// addrPortOf returns a socket's address.
func addrPortOf(a syscall.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// pread reads from an offset of a file.
func pread(fd int, p []byte, at int64) (int, error) { return syscall.Pread(fd, p, at) }
