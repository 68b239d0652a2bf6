/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes that assembly and C of our guests share. */
#ifndef LIB_LAYOUT_H
#define LIB_LAYOUT_H

#define CPU_MAX 8
#define STACK_SIZE 0x10000

#define FRAME_ELR 248
#define FRAME_SPSR 256
#define FRAME_STAMP 264
#define FRAME_SIZE 272

#endif
