-- SPDX-License-Identifier: MIT
-- The one version constant: the rockspec, the user agent and `vision --version` take it from here.
return "0.1.0"
