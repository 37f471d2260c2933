package sigv4

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Chain is the Provider that looks where every AWS tool does, by the same
// environment variables: AWS_ACCESS_KEY_ID and so on; the profile of
// AWS_PROFILE in the shared files, with its role, sign-in or process; a web
// identity token; the container's endpoint; the instance's metadata, unless
// AWS_EC2_METADATA_DISABLED is true.
type Chain struct{}

// Retrieve implements Provider. It reads everything anew, so that a file or a
// token that has changed is followed.
func (Chain) Retrieve(ctx context.Context) (Keys, error) {
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return Keys{}, err
	}
	found, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return Keys{}, err
	}
	keys := Keys{AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken}
	if found.CanExpire {
		keys.Expires = found.Expires.Round(time.Second)
	}
	return keys, nil
}
