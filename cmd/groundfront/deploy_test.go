package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/groundfront/groundfront/config"
)

const deployDir = "../../deploy"

func readDeploy(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDeployedConfigIsValid(t *testing.T) {
	if _, problems := config.Load(filepath.Join(deployDir, "groundfront.yaml")); problems.HasErrors() {
		t.Errorf("got %s", problems)
	}
}

// TestDeployedEdge runs the services edge and api of the compose file as it
// starts them, on ports of their own.
func TestDeployedEdge(t *testing.T) {
	api := start(t, "standin", "--listen", "127.0.0.1:0").url(" at")
	overlay := writeFile(t, "overlay.yaml", fmt.Sprintf(`server:
  listen: [{address: "127.0.0.1:0"}]
  admin: "127.0.0.1:0"
  metrics: "0.0.0.0:0"
distributions: {shop: {origins: {api: {connect_to: %q}}}}
`, api))
	p := start(t, "run", "-f", filepath.Join(deployDir, "groundfront.yaml"), "-f", overlay)
	v := newViewer(t)
	if got := v.get(p.url("viewers") + "/products/p06"); got.StatusCode != 200 || got.Header.Get("X-Cache") != "Miss from cloudfront" {
		t.Errorf("got %d %q, want 200, a Miss", got.StatusCode, got.content)
	}
	monitor := strings.TrimSuffix(p.url("metrics"), "/metrics")
	for _, tt := range []struct {
		url, host string
		want      int
	}{
		{monitor + "/metrics", "edge:9181", 200}, // Prometheus
		{monitor + "/readyz", "10.0.0.7:9181", 200},
		{monitor + "/v1/config", "edge:9181", 404}, // what is not for everybody
		{monitor + "/debug/pprof/", "edge:9181", 404},
		{p.url("admin") + "/metrics", "evil.example", 421}, // a page of a browser
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = tt.host
		response, err := v.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != tt.want {
			t.Errorf("%s asked as %s: got %d, want %d", tt.url, tt.host, response.StatusCode, tt.want)
		}
	}
	eventually(t, func() bool { return strings.Contains(p.stdout.String(), "/products/p06\t200\t") }, p.stdout.String)
}

// A composeFile is what the test knows of a compose file.
type composeFile struct {
	Services map[string]struct {
		Image     string
		Command   []string
		Build     struct{ Context, Dockerfile string }
		Volumes   []string
		DependsOn []string `yaml:"depends_on"`
		Profiles  []string
	}
	Volumes map[string]any
}

// TestCompose proves that what the compose file refers to exists, and that
// the edge does not need the images of others.
func TestCompose(t *testing.T) {
	var c composeFile
	if err := yaml.Unmarshal(readDeploy(t, "compose.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			_, isVolume := c.Volumes[source]
			if _, err := os.Stat(filepath.Join(deployDir, source)); err != nil && !isVolume {
				t.Errorf("%s: volume %s: %v", name, v, err)
			}
		}
		for _, other := range s.DependsOn {
			if _, found := c.Services[other]; !found {
				t.Errorf("%s: depends on %q, which is no service", name, other)
			}
		}
		if s.Build.Dockerfile == "" && !strings.Contains(strings.Join(s.Profiles, " "), "observability") {
			t.Errorf("%s: the image %s is pulled, but the service is not of the profile observability", name, s.Image)
		}
		if s.Build.Dockerfile != "" {
			if _, err := os.Stat(filepath.Join(deployDir, s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"edge", "api", "prometheus", "grafana"} {
		if _, found := c.Services[name]; !found {
			t.Errorf("no service %q", name)
		}
	}
}

// TestComposeCommands proves that the program knows the flags it is started
// with there.
func TestComposeCommands(t *testing.T) {
	var c composeFile
	if err := yaml.Unmarshal(readDeploy(t, "compose.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"edge", "api"} {
		code, _, stderr := runVerb(t, append(c.Services[name].Command, "--help")...)
		if code != exitOK {
			t.Errorf("%s: groundfront %q: got %d and %q", name, c.Services[name].Command, code, stderr)
		}
	}
}

// TestDashboard proves that every metric that the dashboard asks for is one
// that a running edge has.
func TestDashboard(t *testing.T) {
	p, v := startDemo(t), newViewer(t)
	v.get(p.url("viewers") + "/products")
	known := map[string]bool{}
	for _, line := range strings.Split(v.get(p.url("admin")+"/metrics").content, "\n") {
		if name, _, ok := strings.Cut(line, "{"); ok || strings.Contains(line, " ") {
			name, _, _ = strings.Cut(name, " ")
			known[name] = true
		}
	}
	text := readDeploy(t, "grafana/dashboards/groundfront.json")
	if !json.Valid(text) {
		t.Fatal("the dashboard is not JSON")
	}
	asked := regexp.MustCompile(`\b(?:groundfront|process|go)_[a-z_]+`).FindAllString(string(text), -1)
	if len(asked) < 10 {
		t.Fatalf("got %d metrics in the dashboard, want 10 or more", len(asked))
	}
	for _, name := range asked {
		if !known[name] {
			t.Errorf("the dashboard asks for %s, which an edge does not have", name)
		}
	}
}

// TestProvisioning parses the files that Prometheus and Grafana read, and
// proves that the dashboard's data source is the provisioned one.
func TestProvisioning(t *testing.T) {
	for _, name := range []string{"prometheus/prometheus.yml", "grafana/provisioning/dashboards/groundfront.yaml", "grafana/provisioning/datasources/prometheus.yaml"} {
		if err := yaml.Unmarshal(readDeploy(t, name), new(any)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var sources struct{ Datasources []struct{ UID string } }
	if err := yaml.Unmarshal(readDeploy(t, "grafana/provisioning/datasources/prometheus.yaml"), &sources); err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`"uid": "(\w+)"`).FindAllStringSubmatch(string(readDeploy(t, "grafana/dashboards/groundfront.json")), -1)
	for _, m := range used {
		if m[1] != sources.Datasources[0].UID && m[1] != "groundfront" {
			t.Errorf("the dashboard uses data source %q, want %q", m[1], sources.Datasources[0].UID)
		}
	}
}

// TestServiceUnit proves that the unit starts the program with flags it
// knows, and stops it later than it drains by default.
func TestServiceUnit(t *testing.T) {
	unit := string(readDeploy(t, "groundfront.service"))
	commands := regexp.MustCompile(`(?m)^Exec(?:Start|StartPre|Reload)=/usr/local/bin/groundfront (.*)$`).FindAllStringSubmatch(unit, -1)
	if len(commands) != 3 {
		t.Fatalf("got %d commands, want 3", len(commands))
	}
	for _, m := range commands {
		if code, _, stderr := runVerb(t, append(strings.Fields(m[1]), "--help")...); code != exitOK {
			t.Errorf("groundfront %s: got %d and %q", m[1], code, stderr)
		}
	}
	for _, want := range []string{"Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "LimitNOFILE=", "NoNewPrivileges=yes", "TimeoutStopSec=45s"} {
		if !strings.Contains(unit, "\n"+want) {
			t.Errorf("the unit lacks %s", want)
		}
	}
}

// TestDockerIgnore proves that the image's build gets every folder that the
// module has code in.
func TestDockerIgnore(t *testing.T) {
	ignore, err := os.ReadFile("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		name := filepath.Base(f)
		if name == "bench" || name == "deploy" || strings.Contains(name, ".") && !strings.HasPrefix(name, "go.") || name == "LICENSE" {
			continue
		}
		if !strings.Contains(string(ignore), "\n!"+name+"\n") {
			t.Errorf(".dockerignore keeps %s out of the build", name)
		}
	}
}
