# SPDX-License-Identifier: Apache-2.0
"""One campus map as one web page: what `dispatcher map show` writes.

`page/` holds the page itself (HTML, CSS, JavaScript, in the order that `page.py` names); the map
travels in it as JSON. May import what `dispatcher.roads` may.
"""
