package scenario

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy/signedurl"
)

// signers are the private keys that sign what viewers have, by their ids. The
// folder of a scenario has the public ones.
var signers = []string{"K2RSA", "K2OTHER", "K2EC"}

// privateKey reads the key of a signer.
func privateKey(id string) (crypto.Signer, error) {
	text, err := os.ReadFile(filepath.Join("testdata", "keys", id+".pem"))
	if err != nil {
		return nil, err
	}
	return signedurl.ParsePrivateKey(text)
}

// writePublicKeys writes those of the signers that a configuration names.
func (r *runner) writePublicKeys(config string) error {
	for _, id := range signers {
		name := "keys/" + id + ".pem"
		if !strings.Contains(config, folderName+"/"+name) {
			continue
		}
		key, err := privateKey(id)
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return err
		}
		if err := r.writeFile(name, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))); err != nil {
			return err
		}
	}
	return nil
}

// signStep signs a URL or a policy.
type signStep struct {
	url    string // "" for a policy
	policy content
	key    string
	hash   signedurl.Hash
	// life counts from now; seconds stands in its place where it is not 0.
	life    time.Duration
	seconds int64
}

func parseSign(w *words) (action, error) {
	s := signStep{key: signers[0], hash: signedurl.HashSHA1}
	var err error
	if w.skip("policy") {
		s.policy, err = w.content()
	} else {
		s.url, err = w.expanded("a URL")
	}
	for err == nil && w.more() {
		switch {
		case w.skip("by"):
			if s.key, err = w.word("a signer"); err == nil && !slices.Contains(signers, s.key) {
				err = fmt.Errorf("got %s, want one of %v", s.key, signers)
			}
		case w.skip("SHA256"):
			s.hash = signedurl.HashSHA256
		case s.url != "" && w.skip("for"):
			s.life, err = w.duration()
		case s.url != "" && w.skip("until"):
			s.seconds, err = w.seconds()
		default:
			return nil, fmt.Errorf("got %s, want by, SHA256, for or until", w.peek().source)
		}
	}
	if err == nil && s.url != "" && (s.life > 0) == (s.seconds > 0) {
		err = fmt.Errorf("want for or until")
	}
	return s, err
}

func (w *words) seconds() (int64, error) {
	text, err := w.word("a number of seconds")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func (s signStep) run(r *runner) error {
	key, err := privateKey(s.key)
	if err != nil {
		return err
	}
	signer := signedurl.Signer{KeyID: s.key, Key: key, Hash: s.hash}
	if s.url == "" {
		text, err := s.policy.bytes(r.file)
		if err != nil {
			return err
		}
		r.signed, err = signer.Custom([]byte(text))
		return err
	}
	until, url := s.seconds, s.url
	if until == 0 {
		until = time.Now().Add(s.life).Unix()
	}
	if strings.HasPrefix(url, "/") {
		url = defaultHost + url
	}
	r.signed, err = signer.Canned(url, until)
	return err
}

// signedMarks replaces what stands for the latest signature: {signed} for its
// parameters of a URL, {cookies} for its cookies, and {NAME} for the value of one
// of the parameters.
func (r *runner) signedMarks(s string) string {
	if r.signed == nil || !strings.Contains(s, "{") {
		return s
	}
	var cookies []string
	for _, c := range signedurl.Cookies(r.signed) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	s = strings.ReplaceAll(s, "{cookies}", strings.Join(cookies, "; "))
	s = strings.ReplaceAll(s, "{signed}", strings.TrimPrefix(signedurl.AddTo("", r.signed), "?"))
	for _, p := range r.signed {
		s = strings.ReplaceAll(s, "{"+p.Name+"}", p.Value)
	}
	return s
}
