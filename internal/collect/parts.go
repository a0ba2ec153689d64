package collect

import "github.com/xks-remediator/xks-remediator/internal/path"

// Parts returns the parts of a snapshot that this version reads, along the path.
func Parts() []path.Part { return order() }
