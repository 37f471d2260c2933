package main

import (
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
)

// An origin answers every path with content of its own.
type origin struct {
	listener net.Listener
	server   *http.Server
	content  []byte // what all have in common
	done     chan struct{}
}

func startOrigin(each int64) (*origin, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &origin{listener: l, content: make([]byte, each), done: make(chan struct{})}
	random := rand.NewChaCha8([32]byte{}) // content that nothing can compress
	_, _ = random.Read(o.content)         // never fails
	o.server = &http.Server{Handler: o}
	go func() {
		defer close(o.done)
		_ = o.server.Serve(l) // ends with close
	}()
	return o, nil
}

func (o *origin) address() string { return o.listener.Addr().String() }

func (o *origin) close() {
	o.server.Close()
	<-o.done
}

// ServeHTTP answers with the path followed by what all have in common.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own := min(len(r.URL.Path), len(o.content))
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "max-age=3600")
	h.Set("Content-Length", strconv.Itoa(len(o.content)))
	// A failed write means that the edge is gone, which run will notice.
	_, _ = w.Write([]byte(r.URL.Path[:own]))
	_, _ = w.Write(o.content[own:])
}
