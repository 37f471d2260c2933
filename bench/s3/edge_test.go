package s3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The storage, and the edges before it: one with credentials that are
// right, one with a wrong secret.
var (
	buckets      *storage
	right, wrong *program
)

// TestMain starts all that the tests share.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "s3")
	code := 1
	if err == nil {
		code, err = run(m, folder)
		err = errors.Join(err, os.RemoveAll(folder))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, folder string) (code int, err error) {
	binary := filepath.Join(folder, "groundfront")
	build := exec.Command("go", "build", "-o", binary, "./cmd/groundfront")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("go build: %w\n%s", err, out)
	}
	if buckets, err = startStorage(folder); err != nil {
		return 1, err
	}
	defer buckets.close()
	config := filepath.Join(folder, "groundfront.yaml")
	if err := os.WriteFile(config, []byte(configuration(buckets)), 0o600); err != nil {
		return 1, err
	}
	if right, err = startProgram(binary, config, edge); err != nil {
		return 1, err
	}
	defer right.stop()
	if wrong, err = startProgram(binary, config, account{edge.id, "not the secret", edge.token}); err != nil {
		return 1, err
	}
	defer wrong.stop()
	return m.Run(), nil
}

// configuration has one distribution for each way to a bucket; the Host field
// chooses.
func configuration(s *storage) string {
	out := `
version: 1
server:
  listen: [{address: "127.0.0.1:0"}]
  admin: "127.0.0.1:0"
  overload: {cpu: {shed: 60000, only_hits: 60000}} # the machine may be busy with something else
origin_access_controls:
  always: {origin_access_control_origin_type: s3, region: ` + region + `}
  never: {origin_access_control_origin_type: s3, signing_behavior: never}
  no-override: {origin_access_control_origin_type: s3, signing_behavior: no-override}
cache_policies:
  stored:
    min_ttl: 0s
    default_ttl: 1h
    max_ttl: 1h
    parameters_in_cache_key_and_forwarded_to_origin: {query_strings_config: {query_string_behavior: all}}
distributions:
`
	rest := func(domain, more string) string {
		return fmt.Sprintf(`{domain_name: %s, connect_to: "https://unix:%s", tls: {ca_file: %s}, s3_origin_config: {}, %s}`, domain, s.rest, s.ca, more)
	}
	for name, origin := range map[string]string{
		"always":      rest(private+"."+restDomain, "origin_access_control_id: always"),
		"path":        rest(pathDomain, "origin_path: /"+private+", origin_access_control_id: always"),
		"never":       rest(private+"."+restDomain, "origin_access_control_id: never"),
		"no-override": rest(private+"."+restDomain, "origin_access_control_id: no-override"),
		"open":        rest(open+"."+restDomain, ""),
		"website":     fmt.Sprintf(`{domain_name: %s.%s, connect_to: "unix:%s", custom_origin_config: {origin_protocol_policy: http-only}}`, open, websiteDomain, s.website),
	} {
		out += fmt.Sprintf(`
  %[1]s:
    aliases: [%[1]s.test]
    origins: {bucket: %[2]s}
    default_cache_behavior: {target_origin_id: bucket, allowed_methods: all, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewerExceptHostHeader}
    cache_behaviors:
      - {path_pattern: /cached/*, target_origin_id: bucket, allowed_methods: all, cache_policy_id: stored}
`, name, origin)
	}
	return out
}

// A program is a running edge.
type program struct {
	command *exec.Cmd
	viewers string // host and port
	log     strings.Builder
	ended   chan struct{} // closed when log is complete
}

var viewersLine = regexp.MustCompile(`viewers +http://(localhost:\d+)`)

// startProgram starts the program with the credentials of a in its environment.
func startProgram(binary, config string, a account) (*program, error) {
	p := &program{command: exec.Command(binary, "run", "--file", config), ended: make(chan struct{})}
	p.command.Env = []string{
		"AWS_ACCESS_KEY_ID=" + a.id, "AWS_SECRET_ACCESS_KEY=" + a.secret, "AWS_SESSION_TOKEN=" + a.token,
		"HOME=" + filepath.Dir(binary), "AWS_EC2_METADATA_DISABLED=true",
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.command.Stderr = p.command.Stdout
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	hurry := time.AfterFunc(time.Minute, func() { p.command.Process.Kill() })
	defer hurry.Stop()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		fmt.Fprintln(&p.log, lines.Text())
		if found := viewersLine.FindStringSubmatch(lines.Text()); found != nil {
			p.viewers = found[1]
			break
		}
	}
	go func() {
		defer close(p.ended)
		for lines.Scan() {
			fmt.Fprintln(&p.log, lines.Text())
		}
	}()
	if p.viewers == "" {
		p.stop()
		return nil, fmt.Errorf("groundfront run:\n%s", &p.log)
	}
	return p, nil
}

// stop ends it.
func (p *program) stop() {
	p.command.Process.Signal(syscall.SIGTERM)
	<-p.ended
	p.command.Wait()
}

// A request is what a viewer sends to a distribution.
type request struct {
	distribution string
	method       string // "" for GET
	target       string // path and query, as they are
	fields       []string
	body         string
	chunked      bool
}

// An answer is what a viewer got.
type answer struct {
	status int
	fields http.Header
	body   string
}

// String returns the status, and what an error of S3 is called.
func (a answer) String() string {
	if code := xmlCode.FindStringSubmatch(a.body); code != nil {
		return fmt.Sprintf("%d %s", a.status, code[1])
	}
	return fmt.Sprintf("%d %q", a.status, a.body)
}

var xmlCode = regexp.MustCompile(`<Error>\s*(?:<.*>)?<Code>(\w+)</Code>`)

// viewerClient neither follows redirects nor decodes content.
var viewerClient = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send sends r to the edge p.
func (p *program) send(t *testing.T, r request) answer {
	t.Helper()
	method := r.method
	if method == "" {
		method = http.MethodGet
	}
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	q, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.viewers, body)
	if err != nil {
		t.Fatal(err)
	}
	path, query, hasQuery := strings.Cut(r.target, "?")
	q.URL = &url.URL{Scheme: "http", Host: p.viewers, Opaque: path, RawQuery: query, ForceQuery: hasQuery}
	q.Host = r.distribution + ".test"
	for _, f := range r.fields {
		name, value, _ := strings.Cut(f, ": ")
		q.Header[name] = append(q.Header[name], value)
	}
	if r.chunked {
		q.ContentLength = -1
	}
	response, err := viewerClient.Do(q)
	for try := 0; errors.Is(err, net.ErrClosed) && try < 3; try++ {
		// Where an answer comes before all content was sent, net/http closes the
		// connection, and returns the answer or what that did to its own write.
		if q.GetBody != nil {
			q.Body, _ = q.GetBody() // of a strings.Reader: it does not fail
		}
		response, err = viewerClient.Do(q)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(content)}
}

// want fails the test if the answer is another one.
func (a answer) want(t *testing.T, r request, want string) {
	t.Helper()
	if got := a.String(); got != want {
		t.Errorf("%s: %s %s %q: got %s, want %s\n%v\n%s", r.distribution, r.method, r.target, r.fields, got, want, a.fields, a.body)
	}
}
