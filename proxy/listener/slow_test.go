package listener_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowContent: a viewer whose content comes too slowly is cut, and one that keeps
// up is not, with a length or without (reliability D2, H16).
func TestSlowContent(t *testing.T) {
	o := tags
	o.MinBodyRate, o.BodyTimeout = 240, time.Hour
	eachWay(t, o, func(t *testing.T, s *site) {
		for _, tt := range []struct {
			rate    int // bytes a second
			framing string
			want    string
		}{
			{100, "Content-Length: 100000", "an end"},
			{1, "Content-Length: 100000", "an end"},
			{300, "Content-Length: 6000", "200"},
			{100, "Transfer-Encoding: chunked", "an end"},
			{300, "Transfer-Encoding: chunked", "200"},
		} {
			c := s.dial(t, "http/1.1")
			io.WriteString(c, "POST /miss/a/9 HTTP/1.1\r\nHost: h\r\n"+tt.framing+"\r\n\r\n")
			piece := strings.Repeat("x", tt.rate)
			if strings.HasSuffix(tt.framing, "chunked") {
				piece = map[int]string{100: "64", 300: "12c"}[tt.rate] + "\r\n" + piece + "\r\n"
			}
			go func() {
				for range 20 {
					if _, err := io.WriteString(c, piece); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
				if strings.HasSuffix(tt.framing, "chunked") {
					io.WriteString(c, "0\r\n\r\n")
				}
			}()
			begin, got := time.Now(), "an end"
			response, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err == nil {
				got = response.Status[:3]
			}
			if took := time.Since(begin); got != tt.want || tt.want == "an end" && took > 15*time.Second {
				t.Errorf("%d bytes a second, %s: got %s after %v, want %s", tt.rate, tt.framing, got, took, tt.want)
			}
			c.Close()
			time.Sleep(time.Minute)
		}
	})
}

// TestSlowReader: a viewer that takes a response little by little is cut, for a hit
// and for what is no hit (reliability D3).
func TestSlowReader(t *testing.T) {
	o := tags
	o.WriteTimeout = 30 * time.Second
	eachWay(t, o, func(t *testing.T, s *site) {
		for _, path := range []string{"/hit/a/8000000", "/miss/a/8000000"} {
			for _, tt := range []struct {
				each int // bytes, every 10 s
				cut  bool
			}{{1000, true}, {200_000, false}} {
				c := s.dial(t, "http/1.1")
				io.WriteString(c, get(path))
				got, err := 0, error(nil)
				buffer := make([]byte, tt.each)
				for range 60 {
					n := 0
					if n, err = io.ReadFull(c, buffer); err != nil {
						break
					}
					got += n
					time.Sleep(10 * time.Second)
				}
				if err == nil && tt.cut { // what was on its way
					_, err = io.CopyN(io.Discard, c, 8_000_000-int64(got))
				}
				if cut := err != nil && got < 8_000_000-200_000; cut != tt.cut {
					t.Errorf("%s, %d bytes every 10 s: got %d bytes and %v, want it to be cut: %t", path, tt.each, got, err, tt.cut)
				}
				c.Close()
				time.Sleep(2 * time.Minute)
			}
		}
	})
}
