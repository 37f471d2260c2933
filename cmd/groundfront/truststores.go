package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A trustChange is what is done to a trust store.
type trustChange uint8

const (
	trustAdd trustChange = iota
	trustRemove
)

// String returns the change as something that has been done.
func (c trustChange) String() string {
	switch c {
	case trustAdd:
		return "installed"
	case trustRemove:
		return "removed"
	}
	return fmt.Sprintf("trustChange(%d)", uint8(c))
}

func (c trustChange) inFirefox() string {
	if c == trustRemove {
		return "delete " + nickname
	}
	return "import the file"
}

// nickname is the authority's name in stores that ask for one.
const nickname = "Groundfront local CA"

// A trustStore is a place where a system keeps whom it trusts, and the tool that
// changes it. The authority is copied to copyTo first, if that is not "". In the
// arguments FILE stands for the authority's certificate, SERIAL for its number,
// and DB for a database of NSS.
type trustStore struct {
	name        string
	goos        string
	tool        string
	copyTo      string
	add, remove []string  // arguments of tool
	databases   databases // nil if the store is one
}

// databases finds the databases of NSS under a home.
type databases func(home string) []string

// trustStores are those that are known. The user's own store is used where a
// system has one: it takes no privilege.
var trustStores = []trustStore{
	{
		name: "Debian, Ubuntu, Alpine", goos: "linux", tool: "update-ca-certificates",
		copyTo: "/usr/local/share/ca-certificates/groundfront-local-ca.crt", remove: []string{"--fresh"},
	},
	{
		name: "Fedora, RHEL, Amazon Linux", goos: "linux", tool: "update-ca-trust",
		copyTo: "/etc/pki/ca-trust/source/anchors/groundfront-local-ca.pem", add: []string{"extract"}, remove: []string{"extract"},
	},
	{
		name: "Firefox and Chromium on Linux (package libnss3-tools or nss-tools)", goos: "linux", tool: "certutil",
		add:       []string{"-d", "sql:DB", "-A", "-t", "C,,", "-n", nickname, "-i", "FILE"},
		remove:    []string{"-d", "sql:DB", "-D", "-n", nickname},
		databases: nssDatabases,
	},
	{
		name: "macOS", goos: "darwin", tool: "security",
		add: []string{"add-trusted-cert", "-r", "trustRoot", "FILE"}, remove: []string{"remove-trusted-cert", "FILE"},
	},
	{
		name: "Windows", goos: "windows", tool: "certutil",
		add: []string{"-user", "-addstore", "Root", "FILE"}, remove: []string{"-user", "-delstore", "Root", "SERIAL"},
	},
}

// nssDatabases finds Chromium's database, and one for each profile of Firefox.
func nssDatabases(home string) []string {
	var found []string
	for _, pattern := range []string{".pki/nssdb", ".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*"} {
		files, _ := filepath.Glob(filepath.Join(home, filepath.FromSlash(pattern), "cert9.db")) // the patterns are good
		for _, f := range files {
			found = append(found, filepath.Dir(f))
		}
	}
	return found
}

// arguments returns those of the tool.
func (s *trustStore) arguments(a *authority, change trustChange, database string) []string {
	list := s.add
	if change == trustRemove {
		list = s.remove
	}
	replace := strings.NewReplacer("FILE", a.file, "SERIAL", a.certificate.SerialNumber.Text(16), "DB", database)
	out := make([]string, len(list))
	for i, word := range list {
		out[i] = replace.Replace(word)
	}
	return out
}

// shown returns the commands that a person would give.
func (s *trustStore) shown(a *authority, change trustChange) (commands []string) {
	sudo := ""
	if s.copyTo != "" {
		sudo = "sudo "
		if change == trustAdd {
			commands = append(commands, "sudo cp "+shellQuote(a.file)+" "+s.copyTo)
		} else {
			commands = append(commands, "sudo rm "+s.copyTo)
		}
	}
	line := sudo + s.tool
	for _, word := range s.arguments(a, change, "$HOME/.pki/nssdb") {
		if strings.Contains(word, "$HOME") {
			line += ` "` + word + `"`
		} else {
			line += " " + shellQuote(word)
		}
	}
	return append(commands, line)
}

// forOneProgram are ways to trust the authority that change nothing.
var forOneProgram = []struct {
	name   string
	before string // what stands before the file
	after  string
}{
	{"curl", "curl --cacert ", " https://localhost:8443/"},
	{"Node.js", "NODE_EXTRA_CA_CERTS=", " node ..."},
	{"Python requests", "REQUESTS_CA_BUNDLE=", " python ..."},
	{"AWS CLI and SDKs", "AWS_CA_BUNDLE=", " aws ..."},
	{"Go, OpenSSL (alone)", "SSL_CERT_FILE=", " ...   it replaces the system's authorities"},
	{"Git", "git -c http.sslCAInfo=", " clone ..."},
	{"Java", "keytool -importcert -cacerts -noprompt -alias groundfront-local-ca -file ", ""},
}

// A trustHost is the system whose stores are changed.
type trustHost struct {
	goos string
	home string // where databases of browsers are looked for
	root string // stands before absolute paths: "" but in tests
}

func thisTrustHost(getenv func(string) string) trustHost {
	return trustHost{goos: runtime.GOOS, home: getenv("HOME")}
}

// changeStores changes every store that is found, and says what became of each.
// It asks nobody for privileges: where they lack, it says which command would
// have them.
func changeStores(w io.Writer, h trustHost, a *authority, change trustChange) error {
	p := &printer{w: w}
	var failures []error
	found := 0
	for i := range trustStores {
		s := &trustStores[i]
		for _, t := range h.targets(s) {
			found++
			if err := t.change(a, change); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", t.name(), err))
				continue
			}
			p.linef("%s: %v", t.name(), change)
		}
	}
	if found == 0 {
		return errors.New("no trust store is found here: without --install or --remove, it is shown what to do by hand")
	}
	if err := errors.Join(failures...); err != nil {
		return withAdministrator(err, a, change)
	}
	return p.err
}

// withAdministrator adds the command that has the privileges that lacked, if
// that is what an error is about. The folder is said, since another's is
// elsewhere.
func withAdministrator(err error, a *authority, change trustChange) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	verb := "trust --install"
	if change == trustRemove {
		verb = "untrust --remove"
	}
	return fmt.Errorf("%w\nonly the system's administrator can: sudo groundfront %s --dir %s", err, verb, shellQuote(a.dir))
}

// A trustTarget is one store on this system.
type trustTarget struct {
	*trustStore
	tool     string // where it is
	copyTo   string
	database string
}

// targets returns what there is of a kind of store.
func (h trustHost) targets(s *trustStore) []trustTarget {
	if s.goos != h.goos {
		return nil
	}
	tool, err := exec.LookPath(s.tool)
	if err != nil { // an ordinary user's PATH may lack it
		tool, err = exec.LookPath(h.root + "/usr/sbin/" + s.tool)
	}
	if err != nil {
		return nil
	}
	t := trustTarget{trustStore: s, tool: tool}
	if s.copyTo != "" {
		t.copyTo = h.root + s.copyTo
	}
	if s.databases == nil {
		return []trustTarget{t}
	}
	var all []trustTarget
	for _, d := range s.databases(h.home) {
		t.database = d
		all = append(all, t)
	}
	return all
}

func (t *trustTarget) name() string {
	if t.database != "" {
		return t.database
	}
	return filepath.Base(t.tool)
}

// change copies the certificate or removes the copy, and runs the tool.
func (t *trustTarget) change(a *authority, change trustChange) error {
	_, before := os.Lstat(t.copyTo)
	if err := t.copy(a, change); err != nil {
		return err
	}
	output, err := exec.Command(t.tool, t.arguments(a, change, t.database)...).CombinedOutput()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w: %s", t.tool, err, strings.TrimSpace(string(output)))
	if change == trustAdd && before != nil { // or whoever calls the tool next would install it
		err = errors.Join(err, t.copy(a, trustRemove))
	}
	return err
}

func (t *trustTarget) copy(a *authority, change trustChange) error {
	switch {
	case t.copyTo == "":
		return nil
	case change == trustAdd:
		if err := os.WriteFile(t.copyTo, a.pem, 0o644); err != nil {
			return err
		}
		return os.Chmod(t.copyTo, 0o644) // for everybody, whatever the umask of who installs it is
	}
	err := os.Remove(t.copyTo)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is as was asked
	}
	return err
}
