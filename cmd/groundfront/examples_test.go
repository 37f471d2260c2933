package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/doctor"
)

const examplesDir = deployDir + "/examples"

// TestExamples runs every example: the services of its compose file as that
// starts them, on ports of their own, and then the commands of its README, whose
// output must be what stands there.
func TestExamples(t *testing.T) {
	folders, err := filepath.Glob(examplesDir + "/*/compose.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no example: %v", err)
	}
	for _, file := range folders {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			e := startExample(t, filepath.Dir(file))
			steps := readmeSteps(t, string(readFile(t, filepath.Join(filepath.Dir(file), "README.md"))))
			if len(steps) == 0 {
				t.Fatal("README.md has no command")
			}
			for _, s := range steps {
				if got := e.run(s.command); !sameLines(got, s.want) {
					t.Errorf("$ %s\n got %q\nwant %q", s.command, got, s.want)
				}
			}
		})
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// An example is one that runs.
type example struct {
	t      *testing.T
	viewer *viewer
	places *strings.Replacer // of the README's addresses
	admin  string
}

// startExample starts the services of a compose file, the edge last.
func startExample(t *testing.T, folder string) *example {
	t.Helper()
	var c composeFile
	if err := yaml.Unmarshal(readFile(t, filepath.Join(folder, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{} // what the volumes put where
	for _, s := range c.Services {
		for _, v := range s.Volumes {
			parts := strings.Split(v, ":")
			files[parts[1]] = filepath.Join(folder, parts[0])
		}
	}
	addresses := map[string]string{}
	for name, s := range c.Services {
		if name != "edge" {
			addresses[name] = start(t, anyPort(mounted(s.Command, files))...).url(" at")
		}
	}
	args := mounted(c.Services["edge"].Command, files)
	overlay := exampleOverlay(t, args[slices.Index(args, "-f")+1], addresses, files)
	p := start(t, append(args, "-f", overlay)...)
	return &example{t, newViewer(t), strings.NewReplacer("http://localhost:8080", p.url("viewers"), "http://localhost:9181/metrics", p.url("metrics")), adminOf(p)}
}

// mounted replaces what the volumes put somewhere by where that comes from.
func mounted(command []string, files map[string]string) []string {
	args := slices.Clone(command)
	for i, arg := range args {
		if file, found := files[arg]; found {
			args[i] = file
		}
	}
	return args
}

// anyPort replaces the address that a service listens at.
func anyPort(command []string) []string {
	args := slices.Clone(command)
	args[slices.Index(args, "--listen")+1] = "127.0.0.1:0"
	return args
}

// exampleOverlay says where in the test the services and the files are.
func exampleOverlay(t *testing.T, file string, addresses, files map[string]string) string {
	t.Helper()
	c, problems := config.Load(file)
	for _, d := range doctor.Report(c, problems) {
		t.Errorf("got %s, want an example that nothing is to be said of", d)
	}
	var b bytes.Buffer
	b.WriteString("server: {listen: [{address: \"127.0.0.1:0\"}], admin: \"127.0.0.1:0\", metrics: \"127.0.0.1:0\"}\ndistributions:\n")
	for i := range c.Distributions {
		fmt.Fprintf(&b, "  %s:\n    origins:\n", c.Distributions[i].Name)
		for _, o := range c.Distributions[i].Origins {
			fmt.Fprintf(&b, "      %s: %s\n", o.Name, exampleOrigin(t, &o, addresses, files))
		}
	}
	return writeFile(t, "overlay.yaml", b.String())
}

// exampleOrigin says where an origin is, and the files that it has.
func exampleOrigin(t *testing.T, o *config.Origin, addresses, files map[string]string) string {
	t.Helper()
	var at string
	switch {
	case o.Directory != nil:
		at = fmt.Sprintf("directory: {path: %q}", files[o.Directory.Path])
	case addresses[o.ConnectTo.Host] != "":
		at = fmt.Sprintf("connect_to: %q", addresses[o.ConnectTo.Host])
	default:
		t.Errorf("origin %s is at %s, where no service is", o.Name, o.ConnectTo)
	}
	var headers []string
	for _, h := range o.CustomHeaders {
		if h.Value.FromFile != "" {
			headers = append(headers, fmt.Sprintf("%s: {from_file: %q}", h.Name, files[h.Value.FromFile]))
		}
	}
	return fmt.Sprintf("{%s, custom_headers: {%s}}", at, strings.Join(headers, ", "))
}

// A step is a command of a README and the output that follows it.
type readmeStep struct {
	command string
	want    []string
}

func readmeSteps(t *testing.T, text string) (steps []readmeStep) {
	t.Helper()
	for i, block := range strings.Split(text, "```\n") {
		if i%2 == 0 || !strings.HasPrefix(block, "$ ") {
			continue
		}
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				steps = append(steps, readmeStep{command: command})
			} else {
				last := &steps[len(steps)-1]
				last.want = append(last.want, line)
			}
		}
	}
	return steps
}

// words are those of a command line, with quotes as a shell has them.
var words = regexp.MustCompile(`'[^']*'|\S+`)

// inContainer begins what is run within the edge's container.
var inContainer = regexp.MustCompile(`^docker compose -f deploy/examples/[a-z-]+/compose.yaml exec edge /groundfront `)

// run runs curl -si with -H, -X, -d and a URL, and grep behind it, or a verb in
// the edge's container. It returns the lines of the output.
func (e *example) run(command string) []string {
	e.t.Helper()
	if within := inContainer.FindString(command); within != "" {
		args := words.FindAllString(strings.TrimPrefix(command, within), -1)
		for i := range args {
			args[i] = strings.Trim(args[i], "'")
		}
		_, stdout, _ := runVerb(e.t, append(args, "--admin", e.admin)...)
		return filtered(stdout, "")
	}
	curl, grep, _ := strings.Cut(command, " | grep ")
	args := words.FindAllString(curl, -1)
	if len(args) < 3 || args[0] != "curl" || args[1] != "-si" {
		e.t.Fatalf("got the command %q, want curl -si ... URL", command)
	}
	method, content, header := "GET", "", http.Header{}
	for args = args[2:]; len(args) > 1; args = args[2:] {
		switch value := strings.Trim(args[1], "'"); args[0] {
		case "-H":
			name, text, _ := strings.Cut(value, ": ")
			header.Add(name, text)
		case "-X":
			method = value
		case "-d":
			method, content = "POST", value
		default:
			e.t.Fatalf("%s: unknown flag %s", command, args[0])
		}
	}
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.places.Replace(strings.Trim(args[0], "'")), strings.NewReader(content))
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header = header
	return filtered(e.send(r), grep)
}

// send returns the response as curl -si prints it, its fields sorted.
func (e *example) send(r *http.Request) string {
	response, err := e.viewer.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", response.Proto, response.Status)
	_ = response.Header.Write(&b) // to memory
	b.WriteString("\n")
	if _, err := io.Copy(&b, response.Body); err != nil {
		e.t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// filtered returns the lines that grep -i or grep -iE would print; all without
// a filter.
func filtered(text, grep string) (lines []string) {
	args := words.FindAllString(grep, -1)
	pattern := "(?i)"
	if len(args) > 0 {
		pattern += strings.Trim(args[len(args)-1], "'")
	}
	match := regexp.MustCompile(pattern)
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); match.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// sameLines compares without regard to order, for a map has given the fields;
// ... in a line that is wanted stands for anything.
func sameLines(got, want []string) bool {
	matches := func(want, got string) bool {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, ".*")
		return regexp.MustCompile("^" + pattern + "$").MatchString(got)
	}
	rest := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(rest, func(g string) bool { return matches(w, g) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(rest) == 0
}
