package ruleset

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/waf/crs"
	"github.com/groundfront/groundfront/waf/crs/corpus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var all = flag.Bool("ruleset.all", false, "run all of the rule set's own tests, and not one in sixteen: a minute")

// config has the rule set as its tests want it, and a threshold that no
// request reaches, so that all go on to the origin.
const config = `
version: 1
server: {mode: dev} # the host of most tests is localhost
web_acls:
  edge:
    default_action: allow
    association_config: {request_body: {cloudfront: {default_size_inspection_limit: KB_64}}}
    logging_configuration: {path: records}
    rules:
      crs:
        priority: 1
        override_action: none
        statement:
          managed_rule_group_statement:
            vendor_name: Groundfront
            name: OWASPCRS
            managed_rule_group_configs:
              owasp_crs:
                paranoia_level: 4
                inbound_anomaly_score_threshold: 1000
                body_size_limit: 64KiB
                max_leaves: 4096
                settings:
                  crs_validate_utf8_encoding: "1"
                  arg_name_length: "100"
                  arg_length: "400"
                  total_arg_length: "64000"
                  max_num_args: "255"
                  max_file_size: "64100"
                  combined_file_sizes: "65535"
distributions:
  shop:
    aliases: ["*.com", "*.io", "*.de", "*.example"]
    web_acl_id: edge
    origins: {api: {domain_name: api.test, custom_origin_config: {origin_protocol_policy: http-only}}}
    default_cache_behavior:
      target_origin_id: api
      cache_policy_id: CachingDisabled
      origin_request_policy_id: AllViewer
      allowed_methods: all
`

// TestCorpus: see the package comment.
func TestCorpus(t *testing.T) {
	cases := choose(t)
	known := readDifferent(t)
	passed := 0
	synctest.Test(t, func(t *testing.T) {
		e := edgetest.New(t, edgetest.StoreMemory, config)
		startOrigin(t, e)
		answers := make([]answer, len(cases))
		for i, c := range cases {
			answers[i] = send(t, e, c)
		}
		records := readRecords(t, e)
		for i, c := range cases {
			reason, different := known[c.Name()]
			delete(known, c.Name())
			found := judge(c, answers[i], records)
			switch {
			case found == "" && different:
				t.Errorf("%s: got what its test wants, want it not in the list: %s", c.Name(), reason)
			case found != "" && !different:
				t.Errorf("%s: got %s, want it as its test does, or in the list with a reason\n%s", c.Name(), found, c.Raw)
			case found == "":
				passed++
			}
		}
	})
	for _, name := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("%s: got it in the list, want a test that exists", name)
	}
	t.Logf("%d of %d as their tests want", passed, len(cases))
}

// choose returns all tests of requests, or some, and those of the list.
func choose(t *testing.T) (chosen []*corpus.Case) {
	t.Helper()
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	known := readDifferent(t)
	random := rand.New(rand.NewPCG(949, 110)) // the same each time
	for c := range corpus.Of(cases) {
		_, different := known[c.Name()]
		if random.IntN(16) == 0 || *all || different {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// An answer is what the edge said to a case.
type answer struct {
	status int // 0 if it closed the connection
	id     string
}

func send(t *testing.T, e *edgetest.Edge, c *corpus.Case) answer {
	call := e.Call(t, edgetest.ProtocolH1, edgetest.Request{Raw: c.Raw, Method: c.Method})
	defer call.Close()
	r, err := call.Wait(5 * time.Minute) // of a clock that does not make anybody wait
	if err != nil {
		return answer{}
	}
	return answer{r.Status, r.Fields.Get("X-Amz-Cf-Id")}
}

// A record is a line of the web ACL's log.
type record struct {
	HTTPRequest struct {
		RequestID string `json:"requestId"`
	} `json:"httpRequest"`
	Labels []struct {
		Name string `json:"name"`
	} `json:"labels"`
}

func readRecords(t *testing.T, e *edgetest.Edge) map[string]record {
	t.Helper()
	text, err := e.Records("records")
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]record{}
	for line := range strings.Lines(text) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		records[r.HTTPRequest.RequestID] = r
	}
	return records
}

// matched returns the numbers of the rules that labels say of, with 949110 for
// a score at the default threshold.
func (r *record) matched() (rules []int) {
	for _, l := range r.Labels {
		name, ours := strings.CutPrefix(l.Name, crs.Namespace)
		if id, err := strconv.Atoi(name); ours && err == nil {
			rules = append(rules, id)
		}
		score, ours := strings.CutPrefix(name, "score:")
		if n, err := strconv.Atoi(score); ours && err == nil && n >= crs.DefaultThreshold {
			rules = append(rules, 949110)
		}
	}
	return rules
}

// judge returns what is not as a test wants it.
func judge(c *corpus.Case, a answer, records map[string]record) string {
	r, inspected := records[a.id]
	if !inspected {
		if c.Error || c.Status == a.status {
			return ""
		}
		return fmt.Sprintf("status %d without an inspection", a.status)
	}
	rules := r.matched()
	expect := c.Expect
	if c.Log != "" || !c.Attack() && !c.Harmless() {
		expect = []int{c.Rule} // for want of what is logged, and of a server that refuses
	}
	var found []string
	for _, id := range expect {
		if !slices.Contains(rules, id) {
			found = append(found, fmt.Sprintf("no match of %d", id))
		}
	}
	for _, id := range c.Forbid {
		if slices.Contains(rules, id) {
			found = append(found, fmt.Sprintf("a match of %d", id))
		}
	}
	if a.status != 200 {
		found = append(found, fmt.Sprintf("status %d", a.status))
	}
	return strings.Join(found, ", ")
}

// startOrigin answers everything.
func startOrigin(t *testing.T, e *edgetest.Edge) {
	l := e.Listen("api.test")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})}
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
}

// readDifferent reads testdata/different.txt.
func readDifferent(t *testing.T) map[string]string {
	t.Helper()
	reasons, err := corpus.Reasons("testdata/different.txt")
	if err != nil {
		t.Fatal(err)
	}
	return reasons
}
