package config

// SignedPath is a value of Choices.
type SignedPath string

// SignedPathRaw looks at the path that was sent alone.
const SignedPathRaw SignedPath = "raw"

func (SignedPath) values() []string { return []string{"both", "raw"} }

// SignedOptions is a value of Choices.
type SignedOptions string

func (SignedOptions) values() []string { return []string{"required", "exempt"} }

// SignedErrorResponses is a value of Choices.
type SignedErrorResponses string

func (SignedErrorResponses) values() []string { return []string{"replaced", "kept"} }

// SigningCookies is a value of Choices.
type SigningCookies string

func (SigningCookies) values() []string { return []string{"forwarded", "removed"} }

// PublicSigningParameters is a value of Choices.
type PublicSigningParameters string

func (PublicSigningParameters) values() []string { return []string{"kept", "removed"} }
