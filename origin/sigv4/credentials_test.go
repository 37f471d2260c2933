package sigv4

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A script is a Provider whose looks take a time and end as the test says.
type script struct {
	looks int
	takes time.Duration
	life  time.Duration // of the keys; 0: they do not say
	err   error
}

func (s *script) Retrieve(ctx context.Context) (Keys, error) {
	s.looks++
	n := s.looks
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return Keys{}, ctx.Err()
	}
	if s.err != nil {
		return Keys{}, s.err
	}
	k := Keys{AccessKeyID: fmt.Sprintf("key%d", n), SecretAccessKey: "secret"}
	if s.life > 0 {
		k.Expires = time.Now().Add(s.life)
	}
	return k, nil
}

func credentialsTest(t *testing.T, s *script, f func(c *Credentials)) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCredentials(s, nil, slog.New(slog.DiscardHandler))
		f(c)
		c.Close()
	})
}

// key returns the id of the keys, or the error, and how long it took.
func key(c *Credentials) string {
	began := time.Now()
	k, err := c.Keys(context.Background())
	waited := ""
	if d := time.Since(began); d > 0 {
		waited = " after " + d.String()
	}
	if err != nil {
		return err.Error() + waited
	}
	return k.AccessKeyID + waited
}

func want(t *testing.T, when, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", when, got, want)
	}
}

func TestCredentialsAreRenewedBehindRequests(t *testing.T) {
	s := &script{takes: time.Second, life: time.Hour}
	credentialsTest(t, s, func(c *Credentials) {
		want(t, "the first", key(c), "key1 after 1s")
		want(t, "the next", key(c), "key1")
		time.Sleep(54 * time.Minute)
		want(t, "six minutes before they expire", key(c), "key1")
		synctest.Wait()
		want(t, "looks", fmt.Sprint(s.looks), "1")
		time.Sleep(time.Minute)
		want(t, "five minutes before", key(c), "key1")
		time.Sleep(2 * time.Second)
		want(t, "a moment later", key(c), "key2")
		want(t, "looks", fmt.Sprint(s.looks), "2")
	})
}

// While the source is out of order valid keys serve, and it is not asked at
// every request.
func TestCredentialsSurviveAFailure(t *testing.T) {
	s := &script{life: 10 * time.Minute}
	credentialsTest(t, s, func(c *Credentials) {
		want(t, "the first", key(c), "key1")
		s.err = errors.New("out of order")
		time.Sleep(6 * time.Minute)
		want(t, "while renewal fails", key(c), "key1")
		synctest.Wait()
		for range 10 {
			want(t, "while renewal fails", key(c), "key1")
		}
		want(t, "looks", fmt.Sprint(s.looks), "2")
		time.Sleep(4 * time.Minute)
		want(t, "when they have expired", key(c), "no AWS credentials: out of order")
		want(t, "at once after that", key(c), "no AWS credentials: out of order")
		want(t, "looks", fmt.Sprint(s.looks), "3")
		s.err = nil
		time.Sleep(5 * time.Second)
		want(t, "when it works again", key(c), "key4")
	})
}

// Keys that do not say when they expire may be others by now: a file is read
// again.
func TestCredentialsWithoutExpiry(t *testing.T) {
	s := &script{}
	credentialsTest(t, s, func(c *Credentials) {
		c.Prefetch()
		synctest.Wait()
		want(t, "the first", key(c), "key1")
		time.Sleep(5 * time.Minute)
		want(t, "five minutes later", key(c), "key1")
		synctest.Wait()
		want(t, "and then", key(c), "key2")
		s.err = errors.New("file is gone")
		time.Sleep(24 * time.Hour)
		want(t, "a day later", key(c), "key2")
	})
}

// Short-lived keys are renewed at half their life, not at every request.
func TestCredentialsOfAShortLife(t *testing.T) {
	s := &script{life: time.Minute}
	credentialsTest(t, s, func(c *Credentials) {
		for range 29 {
			want(t, "in the first half", key(c), "key1")
			time.Sleep(time.Second)
		}
		want(t, "looks", fmt.Sprint(s.looks), "1")
		time.Sleep(time.Second)
		key(c)
		synctest.Wait()
		want(t, "after that", key(c), "key2")
	})
}

// A source that does not answer holds nobody for longer than a look, and a
// closed one nobody at all.
func TestCredentialsWaitIsBounded(t *testing.T) {
	s := &script{takes: time.Hour}
	credentialsTest(t, s, func(c *Credentials) {
		want(t, "the first", key(c), "no AWS credentials: context deadline exceeded after 10s")
		want(t, "at once after that", key(c), "no AWS credentials: context deadline exceeded")
		time.Sleep(retryAfter)
		want(t, "at the next try", key(c), "no AWS credentials: context deadline exceeded after 1s")
		time.Sleep(retrieveTimeout + retryAfter)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err := c.Keys(ctx)
		want(t, "with a viewer that leaves", fmt.Sprint(err), "context deadline exceeded")
		c.Close()
		time.Sleep(retryAfter)
		want(t, "closed", key(c), "no AWS credentials: closed")
	})
}

// Keys that have expired, and halves of keys, are none.
func TestCredentialsOfNoUse(t *testing.T) {
	for in, wanted := range map[Keys]string{
		{AccessKeyID: "a"}: "no AWS credentials",
		{AccessKeyID: "a", SecretAccessKey: "s", Expires: time.Unix(1, 0)}: "no AWS credentials: the credentials that were found have expired",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := NewCredentials(Static(in), nil, slog.New(slog.DiscardHandler))
			want(t, "useless keys", key(c), wanted)
			c.Close()
		})
	}
}

// The chain finds keys in the environment and in files, and follows a file
// that changes.
func TestChain(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "credentials")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_SHARED_CREDENTIALS_FILE": file, "AWS_CONFIG_FILE": filepath.Join(folder, "config"), "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
	} {
		t.Setenv(name, value)
	}
	if _, err := (Chain{}).Retrieve(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nothing anywhere: got %v, want an error", err)
	}
	for _, id := range []string{"file1", "file2"} {
		if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = "+id+"\naws_secret_access_key = secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := (Chain{}).Retrieve(t.Context()); err != nil || got != (Keys{AccessKeyID: id, SecretAccessKey: "secret"}) {
			t.Errorf("in a file: got %+v, %v", got, err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	if got, err := (Chain{}).Retrieve(t.Context()); err != nil || got != (Keys{AccessKeyID: "environment", SecretAccessKey: "secret", SessionToken: "token"}) {
		t.Errorf("in the environment: got %+v, %v", got, err)
	}
}
