package scenario

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

// authorityMark is the end of the names of files that stand for a certification
// authority of viewers: they have the names of viewers, whose certificates have the
// numbers 1, 2 and so on.
const authorityMark = ".authority"

// An authority has certificates of viewers.
type authority struct {
	*truststoretest.Authority
	viewers []string
	shown   []*tls.Certificate // nil until one is asked for
}

// listLife is how long revocation lists are current.
const listLife = 24 * time.Hour

// writeAuthority writes NAME.pem, its certificate, and NAME.crl, an empty list, to
// the folder.
func (r *runner) writeAuthority(name string, viewers []string) error {
	a := &authority{truststoretest.New(name, time.Now()), viewers, make([]*tls.Certificate, len(viewers))}
	if r.authorities == nil {
		r.authorities = make(map[string]*authority)
	}
	r.authorities[name] = a
	if err := r.writeFile(name+".pem", string(a.PEM())); err != nil {
		return err
	}
	return r.writeFile(name+".crl", string(a.CRL(time.Now().Add(listLife))))
}

// number returns that of a viewer's certificate.
func (a *authority) number(viewer string) (int, error) {
	i := slices.Index(a.viewers, viewer)
	if i < 0 {
		return 0, fmt.Errorf("no viewer %q, want one of %v", viewer, a.viewers)
	}
	return i + 1, nil
}

// certificateOf returns the certificate that "AUTHORITY/VIEWER" names, nil for "".
func (r *runner) certificateOf(who string) (*tls.Certificate, error) {
	if who == "" {
		return nil, nil
	}
	name, viewer, _ := strings.Cut(who, "/")
	a := r.authorities[name]
	if a == nil {
		return nil, fmt.Errorf("no file %s%s%s", folderMark, name, authorityMark)
	}
	n, err := a.number(viewer)
	if err != nil {
		return nil, err
	}
	if a.shown[n-1] == nil {
		made := a.Issue(viewer, int64(n))
		a.shown[n-1] = &made
	}
	return a.shown[n-1], nil
}

// revokeStep replaces a revocation list.
type revokeStep struct {
	authority string
	viewers   []string
}

func parseRevoke(w *words) (action, error) {
	var s revokeStep
	var err error
	if s.authority, err = w.word("an authority"); err != nil {
		return nil, err
	}
	for w.more() {
		viewer, err := w.word("a viewer")
		if err != nil {
			return nil, err
		}
		s.viewers = append(s.viewers, viewer)
	}
	return s, nil
}

func (s revokeStep) run(r *runner) error {
	a := r.authorities[s.authority]
	if a == nil {
		return fmt.Errorf("no file %s%s%s", folderMark, s.authority, authorityMark)
	}
	var numbers []int64
	for _, viewer := range s.viewers {
		n, err := a.number(viewer)
		if err != nil {
			return err
		}
		numbers = append(numbers, int64(n))
	}
	return r.writeFile(s.authority+".crl", string(a.CRL(time.Now().Add(listLife), numbers...)))
}
