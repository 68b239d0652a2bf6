/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Signalbox this is: the words of `git describe`, or "unknown". The build makes the file that
 * defines it, so that a new commit compiles one file.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

extern const char signalbox_version[];

#endif
