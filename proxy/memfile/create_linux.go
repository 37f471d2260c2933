package memfile

import (
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/groundfront/groundfront/proxy/viewer"
)

const supported = true

// create makes a file of content that nobody can change any more.
func create(content []byte) (*viewer.File, error) {
	fd, err := unix.MemfdCreate("groundfront content", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	for rest := content; len(rest) > 0; {
		n, err := unix.Write(fd, rest)
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil && err != unix.EINTR {
			unix.Close(fd)
			return nil, os.NewSyscallError("write", err)
		}
		rest = rest[max(n, 0):]
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return viewer.NewFile(fd, func() { unix.Close(fd) }), nil
}
