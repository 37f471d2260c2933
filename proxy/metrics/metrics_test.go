package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// page returns what Prometheus would read.
func page(t testing.TB, s *Set) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status: got %d, want 200: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// wantLines fails unless each line stands on the page.
func wantLines(t *testing.T, s *Set, want ...string) {
	t.Helper()
	got := strings.Split(page(t, s), "\n")
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("page: got no line %q, want it; it has\n%s", line, related(got, line))
		}
	}
}

// related returns the lines of the same metric.
func related(lines []string, line string) string {
	name, _, _ := strings.Cut(line, "{")
	name, _, _ = strings.Cut(name, " ")
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, name) })
	return strings.Join(lines, "\n")
}

func TestBehavior(t *testing.T) {
	s := New()
	b := s.Behavior("shop", "0 /api/*")
	b.Observe(0, accesslog.ReasonHit, "GET", 200, 1000, 2*time.Millisecond, 3*time.Millisecond)
	b.Observe(0, accesslog.ReasonHit, "GET", 304, 200, 2*time.Millisecond, 3*time.Millisecond)
	b.Observe(0, accesslog.ReasonHit, "GET", 206, 200, 2*time.Millisecond, 3*time.Millisecond)
	b.Observe(0, accesslog.ReasonPassMethod, "PURGE", 403, 0, time.Second, time.Second)
	b.Observe(0, accesslog.ReasonViewerGone, "POST", 0, -1, 0, time.Second)
	b.Observe(0, accesslog.Reason(255), "GET", 999, 0, 0, 0)
	s.Behavior("shop", "1 *").Observe(0, accesslog.ReasonMissCold, "HEAD", 200, 1, 0, 0)
	const labels = `groundfront_requests_total{behavior="0 /api/*",distribution="shop",method=`
	wantLines(t, s,
		labels+`"GET",reason="hit",status_class="2xx"} 2`,
		labels+`"GET",reason="hit",status_class="3xx"} 1`,
		labels+`"other",reason="pass_method",status_class="4xx"} 1`,
		labels+`"POST",reason="viewer_gone",status_class="none"} 1`,
		labels+`"GET",reason="unknown",status_class="none"} 1`,
		`groundfront_requests_total{behavior="1 *",distribution="shop",method="HEAD",reason="miss_cold",status_class="2xx"} 1`,
		`groundfront_response_bytes_total{behavior="0 /api/*",distribution="shop"} 1400`,
		`groundfront_request_duration_seconds_count{behavior="0 /api/*",distribution="shop"} 6`,
		`groundfront_request_duration_seconds_bucket{behavior="0 /api/*",distribution="shop",le="0.005"} 4`,
		`groundfront_time_to_first_byte_seconds_count{behavior="0 /api/*",distribution="shop"} 5`,
		`groundfront_time_to_first_byte_seconds_bucket{behavior="0 /api/*",distribution="shop",le="0.001"} 1`,
	)
}

// TestEveryReason proves that each reason, method and class has its own place
// in the array and its own label.
func TestEveryReason(t *testing.T) {
	s := New()
	b := s.Behavior("d", "0 *")
	methods := []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE", "TRACE"}
	statuses := []int{0, 103, 204, 301, 404, 503}
	for reason := range accesslog.NumReasons {
		for _, m := range methods {
			for _, status := range statuses {
				b.Observe(0, accesslog.Reason(reason), m, status, 0, 0, 0)
			}
		}
	}
	if got, want := testutil.CollectAndCount(requestCollector{s}, "groundfront_requests_total"), accesslog.NumReasons*len(methods)*len(statuses); got != want {
		t.Errorf("series: got %d, want %d", got, want)
	}
}

// TestUnsigned: each fault of a signature has a label of its own (CF-SIG-51 to
// CF-SIG-56), and those that nobody had have no series.
func TestUnsigned(t *testing.T) {
	s := New()
	b := s.Behavior("shop", "0 /members/*")
	b.ObserveUnsigned(signedurl.FaultExpired)
	b.ObserveUnsigned(signedurl.FaultExpired)
	b.ObserveUnsigned(signedurl.FaultURL)
	b.ObserveUnsigned(signedurl.Fault(255))
	const labels = `groundfront_signatures_refused_total{behavior="0 /members/*",distribution="shop",reason=`
	wantLines(t, s, labels+`"expired"} 2`, labels+`"url_not_signable"} 1`)
	if got := testutil.CollectAndCount(requestCollector{s}, "groundfront_signatures_refused_total"); got != 2 {
		t.Errorf("series: got %d, want 2", got)
	}
	seen := map[string]bool{}
	for f := range signedurl.NumFaults {
		b.ObserveUnsigned(signedurl.Fault(f))
		label := unsignedLabel(signedurl.Fault(f))
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(label) || seen[label] {
			t.Errorf("%v: got the label %q, want one of its own in lower case", signedurl.Fault(f), label)
		}
		seen[label] = true
	}
	if got := testutil.CollectAndCount(requestCollector{s}, "groundfront_signatures_refused_total"); got != signedurl.NumFaults {
		t.Errorf("series: got %d, want %d", got, signedurl.NumFaults)
	}
}

// TestReload proves that the counters of a behavior live on.
func TestReload(t *testing.T) {
	s := New()
	s.Behavior("d", "0 *").Observe(0, accesslog.ReasonHit, "GET", 200, 0, 0, 0)
	s.Behavior("d", "0 *").Observe(0, accesslog.ReasonHit, "GET", 200, 0, 0, 0)
	s.Origin("shop", "o").Observe(200)
	s.Origin("shop", "o").Observe(200)
	s.SetConfig("old", time.Unix(1, 0))
	s.SetConfig("new", time.Unix(1798761600, 5e8))
	s.Reloaded(ReloadOK)
	s.Reloaded(ReloadInvalid)
	s.Reloaded(numReloads)
	wantLines(t, s,
		`groundfront_requests_total{behavior="0 *",distribution="d",method="GET",reason="hit",status_class="2xx"} 2`,
		`groundfront_origin_requests_total{distribution="shop",origin="o",status_class="2xx"} 2`,
		`groundfront_config_hash{hash="new"} 1`,
		`groundfront_config_reloads_total{result="ok"} 1`,
		`groundfront_config_reloads_total{result="invalid"} 1`,
		`groundfront_config_reloads_total{result="failed"} 0`,
		`groundfront_config_last_reload_successful 0`,
		`groundfront_config_last_reload_success_timestamp_seconds 1.7987616005e+09`,
	)
	if strings.Contains(page(t, s), `hash="old"`) {
		t.Error("page: got the old hash, want only the new one")
	}
}

// TestSweep: what a configuration does not have any more has no series, and what
// it still has goes on.
func TestSweep(t *testing.T) {
	s := New()
	configure := func(distributions ...string) {
		s.Mark()
		for _, d := range distributions {
			s.Behavior(d, "0 *").Observe(0, accesslog.ReasonHit, "GET", 200, 0, 0, 0)
			s.Origin(d, "o").Observe(200)
			s.Injected(d, "o", "status")()
			s.Choices(d, "g", "o", []string{"primary"}).Observe(0)
			s.FirewallLabel(d, "l").Add(0)
			s.Handshakes(d)("")
			s.ThrottleRefused(d, "0 *", "t").Add(0)
		}
	}
	configure("stays", "goes")
	s.Sweep()
	configure("stays", "never") // is refused
	configure("stays")
	s.Sweep()
	wantLines(t, s,
		`groundfront_requests_total{behavior="0 *",distribution="stays",method="GET",reason="hit",status_class="2xx"} 3`,
		`groundfront_origin_requests_total{distribution="stays",origin="o",status_class="2xx"} 3`,
		`groundfront_origin_choices_total{distribution="stays",group="g",origin="o",reason="primary"} 3`,
	)
	for _, gone := range []string{`"goes"`, `"never"`} {
		if got := page(t, s); strings.Contains(got, gone) {
			t.Errorf("page: got %s, want none of it:\n%s", gone, got)
		}
	}
}

func TestOrigin(t *testing.T) {
	s := New()
	o := s.Origin("shop", "api")
	o.Observe(502)
	o.Observe(0)
	o.ObservePhase(PhaseConnect, 20*time.Millisecond)
	o.ObservePhase(PhaseFirstByte, time.Second)
	o.ObservePhase(numPhases, time.Second)
	wantLines(t, s,
		`groundfront_origin_requests_total{distribution="shop",origin="api",status_class="5xx"} 1`,
		`groundfront_origin_requests_total{distribution="shop",origin="api",status_class="error"} 1`,
		`groundfront_origin_duration_seconds_sum{distribution="shop",origin="api",phase="connect"} 0.02`,
		`groundfront_origin_duration_seconds_count{distribution="shop",origin="api",phase="ttfb"} 1`,
		`groundfront_origin_duration_seconds_count{distribution="shop",origin="api",phase="tls"} 0`,
	)
}

func TestProcess(t *testing.T) {
	s := New()
	stats := CacheStats{Objects: 3, Bytes: 4096, Evictions: map[string]uint64{"capacity": 7}, AdmissionRejects: 2}
	s.ObserveCache(func() CacheStats { return stats })
	s.ObserveLog(func() uint64 { return 9 })
	s.SetBuild("1.2.3", "abc")
	s.Collapsed()
	count := s.Handshakes("shop")
	count("")
	count("ClientCertExpired")
	s.Invalidated(InvalidationWildcard)
	s.Invalidated(numInvalidations)
	wantLines(t, s,
		`groundfront_cache_objects 3`,
		`groundfront_cache_bytes 4096`,
		`groundfront_cache_evictions_total{cause="capacity"} 7`,
		`groundfront_cache_admission_rejects_total 2`,
		`groundfront_log_dropped_total 9`,
		`groundfront_collapsed_requests_total 1`,
		`groundfront_viewer_certificate_handshakes_total{distribution="shop",status="Success"} 1`,
		`groundfront_viewer_certificate_handshakes_total{distribution="shop",status="ClientCertExpired"} 1`,
		`groundfront_invalidations_total{kind="wildcard"} 1`,
		`groundfront_invalidations_total{kind="exact"} 0`,
	)
	if !regexp.MustCompile(`(?m)^groundfront_build_info\{goversion="go[^"]+",revision="abc",version="1\.2\.3"\} 1$`).MatchString(page(t, s)) {
		t.Error("page: got no build info, want it")
	}
	s.ObserveDisk(func() DiskStats {
		return DiskStats{Objects: 1, Bytes: 4097, Hits: 2, Evictions: 3, Drops: 4, Damaged: 5, Suspended: true}
	})
	wantLines(t, s,
		`groundfront_disk_objects 1`,
		`groundfront_disk_bytes 4097`,
		`groundfront_disk_hits_total 2`,
		`groundfront_disk_evictions_total 3`,
		`groundfront_disk_drops_total 4`,
		`groundfront_disk_damaged_total 5`,
		`groundfront_disk_suspended 1`,
	)
	stats.Objects = 4
	wantLines(t, s, `groundfront_cache_objects 4`)
}

// TestLint asks the client library whether names and help texts are in order.
func TestLint(t *testing.T) {
	s := New()
	s.ObserveCache(func() CacheStats { return CacheStats{} })
	s.ObserveLog(func() uint64 { return 0 })
	s.ObserveDisk(func() DiskStats { return DiskStats{} })
	s.Behavior("d", "0 *").Observe(0, accesslog.ReasonHit, "GET", 200, 0, 0, 0)
	s.Origin("shop", "o").Observe(200)
	s.SetConfig("h", time.Unix(1, 0))
	problems, err := testutil.GatherAndLint(s.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "groundfront_") {
			t.Errorf("%s: got %q, want no problem", p.Metric, p.Text)
		}
	}
}

func TestNames(t *testing.T) {
	for _, names := range [][]string{invalidationNames[:], reloadNames[:], phaseNames[:], methodNames[:], classNames[:]} {
		for i, n := range names {
			if n == "" {
				t.Errorf("value %d of %q: got no name, want one", i, names)
			}
		}
	}
	for _, tt := range []struct{ got, want string }{
		{InvalidationExact.String(), "exact"},
		{ReloadFailed.String(), "failed"},
		{PhaseBody.String(), "body"},
		{numPhases.String(), "value(4)"},
	} {
		if tt.got != tt.want {
			t.Errorf("name: got %q, want %q", tt.got, tt.want)
		}
	}
}

func ExampleSet_Behavior() {
	s := New()
	b := s.Behavior("shop", "0 /api/*") // when the configuration is compiled
	b.Observe(0, accesslog.ReasonMissCold, "GET", 200, 512, time.Millisecond, 2*time.Millisecond)

	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "groundfront_requests_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// groundfront_requests_total{behavior="0 /api/*",distribution="shop",method="GET",reason="miss_cold",status_class="2xx"} 1
}

// TestChoices: the same names give the same counters.
func TestChoices(t *testing.T) {
	s, reasons := New(), []string{"primary", "ejected"}
	for range 2 {
		c := s.Choices("shop", "ha", "api", reasons)
		c.Observe(1)
		c.Observe(2) // which is none
	}
	wantLines(t, s,
		`groundfront_origin_choices_total{distribution="shop",group="ha",origin="api",reason="primary"} 0`,
		`groundfront_origin_choices_total{distribution="shop",group="ha",origin="api",reason="ejected"} 2`)
}

func TestOriginHealth(t *testing.T) {
	s, state := New(), "available"
	s.ObserveOrigins(func() []OriginHealth {
		return []OriginHealth{
			{Distribution: "shop", Origin: "api", State: state, Latency: 250 * time.Millisecond, Gated: true, Running: 2, Waiting: 1},
			{Distribution: "shop", Origin: "backup", State: "unhealthy"},
		}
	})
	wantLines(t, s,
		`groundfront_origin_state{distribution="shop",origin="api",state="available"} 1`,
		`groundfront_origin_state{distribution="shop",origin="backup",state="unhealthy"} 1`,
		`groundfront_origin_latency_seconds{distribution="shop",origin="api"} 0.25`,
		`groundfront_origin_concurrency{distribution="shop",origin="api",state="running"} 2`,
		`groundfront_origin_concurrency{distribution="shop",origin="api",state="waiting"} 1`)
	state = "ejected"
	wantLines(t, s, `groundfront_origin_state{distribution="shop",origin="api",state="ejected"} 1`)
	if strings.Contains(page(t, s), `latency_seconds{distribution="shop",origin="backup"}`) {
		t.Error("a latency that nobody has measured")
	}
}
