package s3

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const (
	region = "us-east-1"
	// restDomain is where the storage answers; a label before it is a bucket.
	restDomain    = "s3." + region + ".amazonaws.com"
	websiteDomain = "s3-website-" + region + ".amazonaws.com"
	// pathDomain is another name for the storage, under which the first
	// segment of the path is the bucket.
	pathDomain = "storage.test"
)

// An account may sign requests.
type account struct{ id, secret, token string }

var (
	owner  = account{id: "AKIAOWNER", secret: "owner/secret+of/the=buckets"}
	edge   = account{id: "ASIAEDGE", secret: "edge/secret+key", token: "session/token+of=the edge=="}
	viewer = account{id: "AKIAVIEWER", secret: "viewer/secret+key"}
)

// A storage is S3, at Unix sockets.
type storage struct {
	rest, website string // sockets: TLS, and plain
	objects       string // folder with a folder for each bucket
	ca            string // file that its certificate is signed by
	client        *s3.Client
	end           context.CancelFunc
	ended         chan error
}

// startStorage starts S3 with its files in folder. There can be one in a
// process, whose working directory it changes.
func startStorage(folder string) (*storage, error) {
	s := &storage{
		rest: filepath.Join(folder, "rest.sock"), website: filepath.Join(folder, "website.sock"),
		ca: filepath.Join(folder, "ca.pem"), objects: filepath.Join(folder, "objects"), ended: make(chan error, 1),
	}
	roots, err := writeCertificate(s.ca, filepath.Join(folder, "key.pem"))
	if err != nil {
		return nil, err
	}
	attributes := filepath.Join(folder, "attributes")
	if err := errors.Join(os.Mkdir(s.objects, 0o755), os.Mkdir(attributes, 0o755)); err != nil {
		return nil, err
	}
	sidecar, err := meta.NewSideCar(attributes)
	if err != nil {
		return nil, err
	}
	files, err := posix.New(s.objects, sidecar, posix.PosixOpts{SideCarDir: attributes, Concurrency: 64})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	go func() {
		s.ended <- embedgw.RunVersityGW(ctx, files, &embedgw.Config{
			RootUserAccess: owner.id, RootUserSecret: owner.secret, Region: region, IAMService: accounts{},
			Ports: []string{s.rest}, CertFile: s.ca, KeyFile: filepath.Join(folder, "key.pem"), VirtualDomain: restDomain,
			WebsitePorts: []string{s.website}, WebsiteDomain: websiteDomain, WebsiteNoTLS: true,
			MaxConnections: 256, MaxRequests: 256, MultipartMaxParts: 10_000, KeepAlive: true, Quiet: true,
		})
	}()
	s.client = s.clientOf(owner, roots)
	return s, s.fill(ctx)
}

// close ends it.
func (s *storage) close() error {
	s.end()
	return <-s.ended
}

// clientOf returns a client that signs as a.
func (s *storage) clientOf(a account, roots *x509.CertPool) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String("https://" + restDomain), UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: a.id, SecretAccessKey: a.secret, SessionToken: a.token}, nil
		}),
		HTTPClient: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots},
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", s.rest)
			},
		}},
	})
}

// writeCertificate makes the certificate of a CA that is the server's, too.
func writeCertificate(certFile, keyFile string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "storage"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{restDomain, "*." + restDomain, pathDomain},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return roots, errors.Join(
		os.WriteFile(certFile, certificate, 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

// The buckets.
const (
	private = "private" // the accounts edge and viewer may do anything with objects
	open    = "open"    // everybody may read objects; a website, too
)

// objects are in both buckets: content by key.
var objects = map[string]string{
	"a.txt":                      "0123456789",
	"index.html":                 "<p>home</p>",
	"with space.txt":             "space",
	"plus+plus.txt":              "plus",
	"percent%20literal.txt":      "percent",
	"grün-日本-🦉.txt":              "unicode",
	"folder/inner.txt":           "inner",
	"folder/index.html":          "<p>folder</p>",
	"it's (a) *!$&=;:@,~_-.txt":  "marks",
	`quote" <b> {c} |^[d]#?.txt`: "more marks",
	"error.html":                 "<p>nothing here</p>",
}

// written is when.
var written = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fill makes the buckets.
func (s *storage) fill(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, socket := range []string{s.rest, s.website} {
		for !accepts(socket) {
			select {
			case err := <-s.ended:
				return fmt.Errorf("storage ended: %w", err)
			case <-ctx.Done():
				return fmt.Errorf("nobody listens at %s", socket)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	for bucket, policy := range map[string]string{
		private: `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": {"AWS": ["ASIAEDGE", "AKIAVIEWER"]}, "Action": "s3:*", "Resource": ["arn:aws:s3:::private/*", "arn:aws:s3:::private"]}]}`,
		open: `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"}]}`,
	} {
		name := aws.String(bucket)
		if _, err := s.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name}); err != nil {
			return err
		}
		if _, err := s.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: &policy}); err != nil {
			return err
		}
		for key, content := range objects {
			if err := s.put(ctx, bucket, key, content); err != nil {
				return err
			}
			// A whole second: with a fraction, If-Modified-Since would never hold.
			if err := os.Chtimes(filepath.Join(s.objects, bucket, key), time.Time{}, written); err != nil {
				return err
			}
		}
	}
	if _, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(open), Key: aws.String("moved.txt"), WebsiteRedirectLocation: aws.String("/a.txt"),
	}); err != nil {
		return err
	}
	_, err := s.client.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{
		Bucket: aws.String(open), WebsiteConfiguration: &types.WebsiteConfiguration{
			IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")},
			ErrorDocument: &types.ErrorDocument{Key: aws.String("error.html")},
		},
	})
	return err
}

// put writes an object as its owner.
func (s *storage) put(ctx context.Context, bucket, key, content string) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(content), ContentType: aws.String("text/plain"),
	})
	return err
}

func accepts(socket string) bool {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// accounts are those who may sign beside the owner. The signing keys are
// computed here, since only so the storage asks for session tokens.
type accounts struct{}

var (
	_ auth.IAMService         = accounts{}
	_ auth.SigningKeyProvider = accounts{}
)

// DeriveSigningKey implements auth.SigningKeyProvider.
func (accounts) DeriveSigningKey(access, sessionToken, date, region, service string) ([]byte, auth.Account, error) {
	for _, a := range []account{edge, viewer} {
		switch {
		case a.id != access:
		case a.token != sessionToken:
			return nil, auth.Account{}, auth.ErrInvalidSessionToken
		default:
			key := []byte("AWS4" + a.secret)
			for _, part := range []string{date, region, service, "aws4_request"} {
				mac := hmac.New(sha256.New, key)
				mac.Write([]byte(part))
				key = mac.Sum(nil)
			}
			return key, auth.Account{Access: a.id, Role: auth.RoleUser}, nil
		}
	}
	return nil, auth.Account{}, auth.ErrNoSuchUser
}

// GetUserAccount implements auth.IAMService.
func (accounts) GetUserAccount(access string) (auth.Account, error) {
	if access == edge.id || access == viewer.id {
		return auth.Account{Access: access, Role: auth.RoleUser}, nil
	}
	return auth.Account{}, auth.ErrNoSuchUser
}

// ResolveAccounts implements auth.IAMService.
func (a accounts) ResolveAccounts(ids []string) (unknown []string, err error) {
	for _, id := range ids {
		if _, err := a.GetUserAccount(id); err != nil {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}

var errFixed = errors.New("the accounts are what they are")

// CreateAccount implements auth.IAMService.
func (accounts) CreateAccount(auth.Account) error { return errFixed }

// UpdateUserAccount implements auth.IAMService.
func (accounts) UpdateUserAccount(string, auth.MutableProps) error { return errFixed }

// DeleteUserAccount implements auth.IAMService.
func (accounts) DeleteUserAccount(string) error { return errFixed }

// ListUserAccounts implements auth.IAMService.
func (accounts) ListUserAccounts() ([]auth.Account, error) { return nil, errFixed }

// Shutdown implements auth.IAMService.
func (accounts) Shutdown() error { return nil }
