# SPDX-License-Identifier: Apache-2.0
"""What `robot-agent install` puts on a robot's computer: templates, data only. Imports nothing."""
