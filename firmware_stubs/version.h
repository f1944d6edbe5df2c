/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's version; the build says from which commit (12 characters of it are sent). */
#ifndef DROVER_VERSION_H
#define DROVER_VERSION_H

#define FIRMWARE_MAJOR 0u
#define FIRMWARE_MINOR 1u
#define FIRMWARE_PATCH 0u
#ifndef FIRMWARE_GIT
#define FIRMWARE_GIT "unknown"
#endif

#endif
