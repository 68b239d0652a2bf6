/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses in a guest unless its description gives others: QEMU's `virt` memory map, so that images
 * built for `qemu-system-aarch64 -M virt` boot unchanged. vm/regions.h says which emulated devices a VM has
 * there, vm/blank.h what is read where nothing is.
 */
#ifndef VM_LAYOUT_H
#define VM_LAYOUT_H

#include "vgic/vgic.h"

#define GUEST_FLASH_BASE UINT64_C(0)
#define GUEST_FLASH_SIZE UINT64_C(0x08000000)
#define GUEST_FLASH_BANK_SIZE (GUEST_FLASH_SIZE / 2) /* firmware is in the first bank */
#define GUEST_GICD_BASE UINT64_C(0x08000000)
#define GUEST_GICD_SIZE UINT64_C(0x00010000)
#define GUEST_GICR_BASE UINT64_C(0x080a0000)
#define GUEST_GICR_STRIDE ((uint64_t)GICR_FRAMES_BYTES)
#define GUEST_GICR_RESERVED_SIZE UINT64_C(0x00f60000) /* for vCPUs that the VM has or not */
#define GUEST_UART_BASE UINT64_C(0x09000000)
#define GUEST_UART_SIZE UINT64_C(0x00001000)
#define GUEST_UART_INTID 33 /* SPI 1 */
#define GUEST_RTC_BASE UINT64_C(0x09010000)
#define GUEST_RTC_SIZE UINT64_C(0x00001000)
#define GUEST_RTC_INTID 34 /* SPI 2 */
#define GUEST_FWCFG_BASE UINT64_C(0x09020000)
#define GUEST_FWCFG_SIZE UINT64_C(0x00000018)
#define GUEST_GPIO_BASE UINT64_C(0x09030000)
#define GUEST_GPIO_SIZE UINT64_C(0x00001000)
#define GUEST_GPIO_INTID 39 /* SPI 7 */
#define GUEST_TRANSPORTS_BASE UINT64_C(0x0a000000)
#define GUEST_TRANSPORTS_SIZE UINT64_C(0x00004000)
#define GUEST_TRANSPORT_STRIDE 0x200
#define GUEST_SHARED_BASE UINT64_C(0x0b000000) /* shared memory without an address of its own */
#define GUEST_SHARED_SIZE UINT64_C(0x01000000)
/* Of vm/vcpu_pages.h: where `virt` has no device, so that a guest can map a whole block as memory. */
#define GUEST_VCPU_PAGES_BASE UINT64_C(0x0c000000)
#define GUEST_PCI_WINDOWS_BASE UINT64_C(0x10000000) /* of PCI memory below 4 GiB, and of PCI ports */
#define GUEST_PCI_WINDOWS_SIZE UINT64_C(0x2f000000)
#define GUEST_RAM_BASE UINT64_C(0x40000000)
#define GUEST_PCI_CONFIG_BASE UINT64_C(0x4010000000) /* of the bridge, then of all other functions */
#define GUEST_PCI_CONFIG_SIZE UINT64_C(0x10000000)

#define GUEST_VIRTUAL_TIMER_INTID 27  /* PPI 11 */
#define GUEST_PHYSICAL_TIMER_INTID 30 /* PPI 14 */

#endif
