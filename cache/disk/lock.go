package disk

import (
	"io"
	"os"
)

// Lock creates the folder of a disk tier if need be, and keeps other processes
// from locking it until it is closed or this process ends, however it does.
// All that is kept in the folder is opened after that. Where the system or the
// file system has no locks it does nothing more.
func Lock(folder string) (io.Closer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	return lock(folder)
}
