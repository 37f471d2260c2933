package main

import (
	"fmt"
	"time"

	"github.com/groundfront/groundfront/proxy/admin"
	"github.com/groundfront/groundfront/waf/record"
)

// samples returns the sampled requests of a web ACL that a distribution has.
func (e *edge) samples(name string) (*record.Samples, time.Time, error) {
	for _, d := range e.proxy.Snapshot().Distributions {
		if d.WebACL != nil && d.WebACL.Name() == name && d.Firewall != nil {
			return d.Firewall.Samples(), e.clock.Now(), nil
		}
	}
	return nil, time.Time{}, fmt.Errorf("web ACL %q: %w", name, admin.ErrNotFound)
}
