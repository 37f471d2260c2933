package h1

import "io"

// An input is what has come and what still comes over a connection.
type input struct {
	t     Transport
	ahead []byte // has come and was not used
	space []byte // memory to read into
}

// Read takes what is ahead, or else reads.
func (in *input) Read(p []byte) (int, error) {
	if len(in.ahead) == 0 {
		return in.t.Read(p)
	}
	n := copy(p, in.ahead)
	in.ahead = in.ahead[n:]
	return n, nil
}

// fill reads more behind what is ahead. There is always room for a line of a
// chunk; for more the caller makes it.
func (in *input) fill() error {
	if len(in.space) == 0 {
		in.space = make([]byte, 4<<10)
	}
	kept := copy(in.space, in.ahead)
	if kept == len(in.space) {
		return errLineTooLong
	}
	n, err := in.t.Read(in.space[kept:])
	in.ahead = in.space[:kept+n]
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// grow reads more behind what is ahead, making room for it.
func (in *input) grow() error {
	if len(in.ahead) >= len(in.space) {
		in.space = append(make([]byte, 0, max(4<<10, 2*len(in.ahead))), in.ahead...)
		in.space = in.space[:cap(in.space)]
	}
	return in.fill()
}
