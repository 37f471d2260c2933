package edgetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
)

const passedConfig = `
version: 1
distributions:
  shop:
    aliases: [shop.test]
    http_version: http2
    origins:
      api: {domain_name: api.test, connection_attempts: 2, custom_origin_config: {origin_protocol_policy: http-only, origin_read_timeout: 1s}}
      slow: {domain_name: slow.test, hedging: {delay: 5ms, percent: 100}, custom_origin_config: {origin_protocol_policy: http-only}}
      faulty: {domain_name: faulty.test, inject: {error_rate: 0.1, reset_rate: 0.1, short_body_rate: 0.2, latency: 10ms}, custom_origin_config: {origin_protocol_policy: http-only}}
    origin_groups: {ha: {members: [slow, api], failover_criteria: {status_codes: [403, 404, 502, 503, 504]}}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer, allowed_methods: all}
    cache_behaviors:
      - {path_pattern: /group/*, target_origin_id: ha, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer, allowed_methods: all}
      - {path_pattern: /hedged/*, target_origin_id: slow, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer, allowed_methods: all}
      - {path_pattern: /faulty/*, target_origin_id: faulty, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer, allowed_methods: all}
    custom_error_responses: [{error_code: 404, response_page_path: /page, response_code: 200}]
    logging: {path: unused}
`

// whose returns the name that a viewer has put into its request, in the target
// and in a field: if that is not one, the request is of two.
func whose(q origintest.Request) string {
	_, query, _ := strings.Cut(q.Line(), "?")
	name, _, _ := strings.Cut(query, " ")
	if got, present := q.Field("X-Name"); name == "" || !present { // an error page
		return got
	} else if got != name || q.Body != "" && !strings.HasPrefix(strings.Repeat(name+" ", 40_000), q.Body) {
		return "mixed"
	}
	return name
}

// passedOrigin answers each viewer by its name, in all ways.
func passedOrigin(q origintest.Request) []origintest.Step {
	name := whose(q)
	content := strings.Repeat(name+" ", 50)
	own := []string{"X-Name: " + name, "Content-Type: text/" + name, "x-amzn-RequestId: " + name}
	path, _, _ := strings.Cut(strings.Fields(q.Line())[1], "?")
	head := "HTTP/1.1 200 OK\r\n" + strings.Join(own, "\r\n") + "\r\n"
	if strings.HasPrefix(q.Line(), "HEAD ") {
		return []origintest.Step{origintest.Send(head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(content)))}
	}
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "chunks":
		return []origintest.Step{origintest.Send(head + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(content), content)), origintest.Wait(3 * time.Millisecond), origintest.Send("0\r\n\r\n")}
	case "close":
		return []origintest.Step{origintest.Send(head + "\r\n" + content), origintest.Close()}
	case "hints":
		return []origintest.Step{origintest.Send("HTTP/1.1 103 Early Hints\r\nX-Name: " + name + "\r\n\r\n"), origintest.Wait(2 * time.Millisecond), origintest.OK(content, own...)}
	case "pauses":
		return []origintest.Step{origintest.Send(head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(content))), origintest.Wait(7 * time.Millisecond), origintest.Send(content)}
	case "late":
		return []origintest.Step{origintest.Wait(20 * time.Millisecond), origintest.OK(content, own...)}
	case "cut":
		return []origintest.Step{origintest.Send(head + "Content-Length: 1000000\r\n\r\n" + content), origintest.Wait(time.Millisecond), origintest.Reset()}
	case "early":
		return []origintest.Step{origintest.Early(), origintest.OK(content, own...), origintest.Close()}
	case "refused":
		return []origintest.Step{origintest.Reply(403, content, append(own, "x-amzn-ErrorType: ForbiddenException")...)}
	case "missing":
		return []origintest.Step{origintest.Reply(404, content, own...)}
	case "never":
		return []origintest.Step{origintest.Reset()}
	}
	return []origintest.Step{origintest.OK(content, own...)}
}

var passedObjects = []string{"plain", "plain", "plain", "chunks", "close", "hints", "pauses", "late", "cut", "early", "refused", "missing", "never"}

// TestPassedMemory: what passes leaves its memory to the next, and nobody gets
// anything of another: not his fields, not his content, not his log line, nor
// does an origin get a request of two. Viewers leave, origins fail, answer before
// they have all, are asked twice or in place of another.
func TestPassedMemory(t *testing.T) {
	for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
		t.Run(engine.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := NewWith(t, engine, StoreMemory, passedConfig)
				for _, host := range []string{"api.test", "slow.test", "faulty.test"} {
					s := origintest.Start(e.Listen(host), passedOrigin)
					t.Cleanup(s.Close)
				}
				seed := rand.Uint64()
				t.Logf("seed %d", seed)
				var viewers sync.WaitGroup
				for v := range 40 {
					rnd := rand.New(rand.NewPCG(seed, uint64(v)))
					viewers.Go(func() {
						for i := range 60 {
							e.passes(t, rnd, fmt.Sprintf("v%dn%d", v, i))
						}
					})
				}
				viewers.Wait()
				synctest.Wait()
				e.wantOwnLines(t)
			})
		})
	}
}

// passes makes a request of a viewer with this name, who may leave.
func (e *Edge) passes(t *testing.T, rnd *rand.Rand, name string) {
	prefix := []string{"/", "/", "/group/", "/hedged/", "/faulty/"}[rnd.IntN(5)]
	q := Request{
		Scheme: "http", Method: []string{"GET", "GET", "GET", "HEAD", "POST"}[rnd.IntN(5)], Host: "shop.test",
		Target: prefix + passedObjects[rnd.IntN(len(passedObjects))] + "?" + name, Fields: field.Lines{{Name: "X-Name", Value: name}},
	}
	if q.Method == "POST" {
		q.HasBody, q.Chunked, q.Body = true, rnd.IntN(2) == 0, strings.Repeat(name+" ", []int{1, 100, 40_000}[rnd.IntN(3)])
	}
	c := e.Call(t, Protocol(rnd.IntN(2)), q)
	defer c.Close()
	patience := 10 * time.Second
	if rnd.IntN(4) == 0 {
		patience = time.Duration(rnd.IntN(10)) * time.Millisecond
	}
	select {
	case <-c.done:
	case <-time.After(patience):
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range append(c.response.Interim, Interim{c.response.Status, c.response.Fields}) {
		for _, l := range r.Fields {
			switch {
			case l.Name == "x-name" || l.Name == "X-Name" || strings.EqualFold(l.Name, "x-amzn-RequestId"):
				if l.Value != name {
					t.Errorf("%s %s: got %s: %s", q.Method, q.Target, l.Name, l.Value)
				}
			case strings.EqualFold(l.Name, "Content-Type") && strings.HasPrefix(l.Value, "text/v") && l.Value != "text/"+name:
				t.Errorf("%s %s: got %s: %s", q.Method, q.Target, l.Name, l.Value)
			}
		}
	}
	ours := c.response.Status >= 500 || prefix == "/faulty/"
	if body := string(c.body); !ours && !strings.HasPrefix(strings.Repeat(name+" ", 50), body) {
		t.Errorf("%s %s: got %d with content %.80q", q.Method, q.Target, c.response.Status, body)
	}
}

// wantOwnLines checks that no log line is of two viewers.
func (e *Edge) wantOwnLines(t *testing.T) {
	t.Helper()
	text, err := e.AccessLog("shop")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) < 33 || fields[8] != "200" && fields[8] != "403" {
			continue // what the origin did not answer
		}
		named++
		if query, content := fields[11], fields[29]; content != "text/"+query {
			t.Errorf("the log line of viewer %s has content type %q", query, content)
		}
	}
	if named < 1000 {
		t.Errorf("got %d log lines of answers, want more", named)
	}
}
