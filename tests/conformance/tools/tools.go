// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Nothing that is built: it names the programs that go.mod pins, with all that they need. dev.d/setup.sh builds them.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "github.com/summerwind/h2spec/cmd/h2spec"
)
