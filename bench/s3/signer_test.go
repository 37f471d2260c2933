package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sign returns the fields by which a viewer signs a GET itself.
func sign(t *testing.T, a account, at string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	none := sha256.Sum256(nil)
	hash := hex.EncodeToString(none[:])
	r.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	credentials := aws.Credentials{AccessKeyID: a.id, SecretAccessKey: a.secret, SessionToken: a.token}
	if err := signer.SignHTTP(context.Background(), credentials, r, hash, "s3", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	var out []string
	for name, values := range r.Header {
		out = append(out, name+": "+values[0])
	}
	return out
}

// presign returns path and query of a GET that is signed in its query, for the
// bucket's own name.
func presign(t *testing.T, a account, bucket, key string) string {
	t.Helper()
	client := s3.New(s3.Options{
		Region: region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: a.id, SecretAccessKey: a.secret, SessionToken: a.token}, nil
		}),
	})
	signed, err := s3.NewPresignClient(client).PresignGetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed.URL)
	if err != nil {
		t.Fatal(err)
	}
	if want := bucket + "." + restDomain; u.Host != want {
		t.Fatalf("%s is signed for %s, want %s", signed.URL, u.Host, want)
	}
	return u.RequestURI()
}
