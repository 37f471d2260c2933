package compile

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/sigv4"
)

// What requests to each origin are signed for: "<nil>" for not at all, "pass" if
// viewers may have signed them.
func TestSigners(t *testing.T) {
	const document = `
version: 1
origin_access_controls:
  buckets: {origin_access_control_origin_type: s3}
  viewers: {origin_access_control_origin_type: s3, signing_behavior: no-override}
  nobody: {origin_access_control_origin_type: s3, signing_behavior: never}
  functions: {origin_access_control_origin_type: lambda, region: eu-west-1}
  stores: {origin_access_control_origin_type: mediastore}
  packages: {origin_access_control_origin_type: mediapackagev2}
distributions:
  d:
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}
    origins: {o: %s}
`
	credentials := sigv4.NewCredentials(sigv4.Static{AccessKeyID: "a", SecretAccessKey: "b"}, nil, slog.New(slog.DiscardHandler))
	defer credentials.Close()
	for in, want := range map[string]string{
		"{domain_name: a.s3.us-east-1.amazonaws.com, s3_origin_config: {}}":                                         "pass",
		"{domain_name: a.s3.us-east-1.amazonaws.com, s3_origin_config: {}, origin_access_control_id: buckets}":      "s3 us-east-1 always",
		"{domain_name: a.s3.us-east-1.amazonaws.com, s3_origin_config: {}, origin_access_control_id: viewers}":      "s3 us-east-1 no-override",
		"{domain_name: a.s3.us-east-1.amazonaws.com, s3_origin_config: {}, origin_access_control_id: nobody}":       "pass",
		"{domain_name: fn.test, origin_access_control_id: functions}":                                               "lambda eu-west-1 always",
		"{domain_name: a.data.mediastore.us-east-1.amazonaws.com, origin_access_control_id: stores}":                "mediastore us-east-1 always",
		"{domain_name: a.egress.b.mediapackagev2.us-east-1.amazonaws.com, origin_access_control_id: packages}":      "mediapackagev2 us-east-1 always",
		"{domain_name: abc.execute-api.us-west-2.amazonaws.com, api_gateway: {}}":                                   "<nil>",
		"{domain_name: abc.execute-api.us-west-2.amazonaws.com, api_gateway: {iam_auth: true}}":                     "execute-api us-west-2 always",
		"{domain_name: bucket.test, directory: {path: .}, s3_origin_config: {}, origin_access_control_id: buckets}": "<nil>",
		"{domain_name: fn.test, lambda: {endpoint: 'http://localhost:3001'}, origin_access_control_id: functions}":  "<nil>",
		"{domain_name: api.test, api_gateway: {iam_auth: true, region: us-west-2, type: private, api_id: abc}}":     "execute-api us-west-2 always",
	} {
		c, problems := config.Parse("test.yaml", fmt.Appendf(nil, document, in))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		s, err := Compile(c, Environment{Credentials: credentials})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.Distributions[0].Behaviors[0].Origin.Signer); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
		if _, err := Compile(c, Environment{}); (err != nil) != (want != "<nil>" && want != "pass") {
			t.Errorf("%s, without credentials: got error %v", in, err)
		}
	}
}
