//go:build unix

package main

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/groundfront/groundfront/proxy/listener"
)

// newAuthority makes a local CA in a folder of the test.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "local-ca")
	if _, err := listener.OpenLocalCA(dir, nil, nil); err != nil {
		t.Fatal(err)
	}
	a, err := readAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestTrustShowsWhatToDo names every system and program, whatever this one is, and
// changes nothing.
func TestTrustShowsWhatToDo(t *testing.T) {
	a := newAuthority(t)
	code, out, stderr := runVerb(t, "trust", "--dir", a.dir)
	if code != exitOK || stderr != "" {
		t.Fatalf("got %d and %q, want 0 and nothing", code, stderr)
	}
	for _, want := range []string{
		"The local CA is " + a.file,
		"curl --cacert " + a.file + " https://localhost:8443/",
		"NODE_EXTRA_CA_CERTS=" + a.file,
		"SSL_CERT_FILE=" + a.file,
		"sudo cp " + a.file + " /usr/local/share/ca-certificates/groundfront-local-ca.crt\n  sudo update-ca-certificates\n",
		"sudo update-ca-trust extract\n",
		"\n  security add-trusted-cert -r trustRoot " + a.file,
		"certutil -user -addstore Root " + a.file,
		`certutil -d "sql:$HOME/.pki/nssdb" -A -t C,, -n 'Groundfront local CA' -i ` + a.file,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("groundfront trust: got\n%s\nwant in it %q", out, want)
		}
	}
	_, out, _ = runVerb(t, "untrust", "--dir", a.dir)
	for _, want := range []string{
		"sudo rm /usr/local/share/ca-certificates/groundfront-local-ca.crt\n  sudo update-ca-certificates --fresh\n",
		"security remove-trusted-cert " + a.file,
		"certutil -user -delstore Root " + a.certificate.SerialNumber.Text(16),
		`certutil -d "sql:$HOME/.pki/nssdb" -D -n 'Groundfront local CA'`,
		"delete Groundfront local CA",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("groundfront untrust: got\n%s\nwant in it %q", out, want)
		}
	}
}

// TestTrustPrint makes the CA of an edge that was never started, and prints it for
// a pipe.
func TestTrustPrint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	code, out, stderr := runVerb(t, "trust", "--print", "--dir", dir)
	block, rest := pem.Decode([]byte(out))
	if code != exitOK || stderr != "" || block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Fatalf("got %d, %q and %q, want a certificate and nothing else", code, out, stderr)
	}
	_, again, _ := runVerb(t, "trust", "--print", "--dir", dir)
	if again != out {
		t.Errorf("the second time: got %q, want the same certificate, %q", again, out)
	}
}

// TestTrustErrors says what is the matter and what would help.
func TestTrustErrors(t *testing.T) {
	file := writeFile(t, "file", "no folder")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ca.pem"), []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		in     []string
		want   exitCode
		stderr string
	}{
		{[]string{"trust", "--dir", file}, exitFailure, "not a directory"},
		{[]string{"trust", "--dir", filepath.Join(file, "below")}, exitFailure, "not a directory"},
		{[]string{"trust", "--dir", folder}, exitFailure, "is not a certificate in PEM"},
		{[]string{"untrust", "--dir", t.TempDir()}, exitFailure, "there is no local CA in"},
		{[]string{"trust", "--print", "--install"}, exitFailure, "print"},
		{[]string{"trust", "now"}, exitUsage, "usage: groundfront trust"},
	} {
		code, _, stderr := runVerb(t, tt.in...)
		if code != tt.want || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("groundfront %s: got %d and %q, want %d with %q", strings.Join(tt.in, " "), code, stderr, tt.want, tt.stderr)
		}
	}
}

// TestTrustReadOnly is an edge in a container with a read-only root: its CA lives in
// memory, and nobody can trust that.
func TestTrustReadOnly(t *testing.T) {
	// Not even the superuser can make a folder there.
	code, _, stderr := runVerb(t, "trust", "--dir", "/proc/groundfront")
	if code != exitFailure || !strings.Contains(stderr, "to a folder that can be written") {
		t.Errorf("got %d and %q, want %d and what would help", code, stderr, exitFailure)
	}
}

// fakeTools puts commands into PATH that write down how they are called, and
// nothing else is there. It returns what was written.
func fakeTools(t *testing.T, script string, names ...string) (calls func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "calls")
	for _, name := range names {
		text := "#!/bin/sh\necho \"" + name + " $*\" >>" + log + "\n" + script
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return func() string {
		text, _ := os.ReadFile(log) // none: nothing was called
		_ = os.Remove(log)
		return string(text)
	}
}

// newTrustHost is a system of its own below a folder.
func newTrustHost(t *testing.T, goos string) trustHost {
	t.Helper()
	h := trustHost{goos: goos, root: t.TempDir(), home: t.TempDir()}
	for _, dir := range []string{"/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"} {
		if err := os.MkdirAll(h.root+dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// TestTrustInstall calls the tools that are there, and untrust undoes it.
func TestTrustInstall(t *testing.T) {
	a := newAuthority(t)
	profile := ".mozilla/firefox/x1.default/cert9.db"
	for _, tt := range []struct {
		goos, tool   string
		added, taken string // how it is called
		copied       string
	}{
		{"linux", "update-ca-certificates", "update-ca-certificates \n", "update-ca-certificates --fresh\n", "/usr/local/share/ca-certificates/groundfront-local-ca.crt"},
		{"linux", "update-ca-trust", "update-ca-trust extract\n", "update-ca-trust extract\n", "/etc/pki/ca-trust/source/anchors/groundfront-local-ca.pem"},
		{"linux", "certutil", "certutil -d sql:HOME/.mozilla/firefox/x1.default -A -t C,, -n Groundfront local CA -i FILE\n",
			"certutil -d sql:HOME/.mozilla/firefox/x1.default -D -n Groundfront local CA\n", ""},
		{"darwin", "security", "security add-trusted-cert -r trustRoot FILE\n", "security remove-trusted-cert FILE\n", ""},
		{"windows", "certutil", "certutil -user -addstore Root FILE\n", "certutil -user -delstore Root " + a.certificate.SerialNumber.Text(16) + "\n", ""},
	} {
		t.Run(tt.goos+" "+tt.tool, func(t *testing.T) {
			calls, h := fakeTools(t, "", tt.tool), newTrustHost(t, tt.goos)
			defer syscall.Umask(syscall.Umask(0o077))
			if err := os.MkdirAll(filepath.Dir(filepath.Join(h.home, profile)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(h.home, profile), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			fill := strings.NewReplacer("HOME", h.home, "FILE", a.file)
			var out strings.Builder
			if err := changeStores(&out, h, a, trustAdd); err != nil {
				t.Fatal(err)
			}
			if got, want := calls(), fill.Replace(tt.added); got != want || !strings.HasSuffix(out.String(), ": installed\n") {
				t.Errorf("install: called %q and printed %q, want %q", got, &out, want)
			}
			if tt.copied != "" {
				if got, err := os.ReadFile(h.root + tt.copied); err != nil || string(got) != string(a.pem) {
					t.Errorf("install: got %q and %v at %s, want the certificate", got, err, tt.copied)
				}
				if info, err := os.Stat(h.root + tt.copied); err != nil || info.Mode().Perm() != 0o644 {
					t.Errorf("install: got %v and %v for %s, want that everybody may read it", info.Mode(), err, tt.copied)
				}
			}
			if err := changeStores(&out, h, a, trustRemove); err != nil {
				t.Fatal(err)
			}
			if got, want := calls(), fill.Replace(tt.taken); got != want {
				t.Errorf("remove: called %q, want %q", got, want)
			}
			if _, err := os.Stat(h.root + tt.copied); tt.copied != "" && !os.IsNotExist(err) {
				t.Errorf("remove: got %v for %s, want that it is gone", err, tt.copied)
			}
			if err := changeStores(&out, h, a, trustRemove); err != nil {
				t.Errorf("the second time: got %v, want no error", err)
			}
		})
	}
}

// TestTrustInstallFails shows what the tool said, names the command that an
// administrator would give, and does not give it.
func TestTrustInstallFails(t *testing.T) {
	a := newAuthority(t)
	for _, tt := range []struct {
		name, script string
		tools        []string
		want         string
	}{
		{"no tool", "", nil, "no trust store is found here"},
		{"the tool fails", "echo 'SEC_ERROR_READ_ONLY' >&2; exit 3", []string{"update-ca-trust"}, "exit status 3: SEC_ERROR_READ_ONLY"},
		{"no folder", "", []string{"update-ca-certificates"}, "no such file or directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeTools(t, tt.script, tt.tools...)
			h := newTrustHost(t, "linux")
			if err := os.RemoveAll(h.root + "/usr/local"); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := changeStores(&out, h, a, trustAdd)
			if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() != 0 {
				t.Errorf("got %v and %q, want an error with %q and nothing installed", err, &out, tt.want)
			}
			if left, _ := filepath.Glob(h.root + "/etc/pki/ca-trust/source/anchors/*"); len(left) > 0 {
				t.Errorf("got %q left, which the next call of the tool would install", left)
			}
		})
	}
	calls := fakeTools(t, "", "update-ca-trust", "sudo")
	h := newTrustHost(t, "linux")
	h.root = "/dev/null" // nobody can write there
	err := changeStores(&strings.Builder{}, h, a, trustAdd)
	if err == nil || calls() != "" {
		t.Errorf("got %v, want an error, and that nothing was called", err)
	}
}

// TestWithAdministrator is the end of a message about privileges.
func TestWithAdministrator(t *testing.T) {
	a := &authority{dir: "/home/me/my ca"}
	err := withAdministrator(os.ErrPermission, a, trustRemove)
	want := "permission denied\nonly the system's administrator can: sudo groundfront untrust --remove --dir '/home/me/my ca'"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if err := withAdministrator(os.ErrNotExist, a, trustAdd); err != os.ErrNotExist {
		t.Errorf("got %v, want what is not about privileges as it is", err)
	}
}

func TestTrustChangeNames(t *testing.T) {
	if trustAdd.String() != "installed" || trustRemove.String() != "removed" {
		t.Errorf("got %v and %v, want installed and removed", trustAdd, trustRemove)
	}
}
