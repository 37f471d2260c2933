//go:build !linux

package memfile

import (
	"errors"

	"github.com/groundfront/groundfront/proxy/viewer"
)

const supported = false

func create([]byte) (*viewer.File, error) { return nil, errors.ErrUnsupported }
