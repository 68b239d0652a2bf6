/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/gic/internal.h"
#include "machine/mmio.h"

/* RD_base by pCPU; 0: not found. Written by the boot CPU before others run. */
static uint64_t redistributors[PCPU_MAX];

uint64_t redistributor_of(unsigned pcpu)
{
	return redistributors[pcpu];
}

static void note(uint64_t frame, uint64_t typer)
{
	const struct cpu_place *place = cpu_place();
	uint64_t affinity = FIELD_GET(GICR_TYPER_AFFINITY, typer);
	uint64_t mpidr = (affinity & BITS(31, 24)) << 8 | (affinity & BITS(23, 0));

	for (unsigned i = 0; i < place->pcpu_count; i++)
		if (place->mpidr[i] == mpidr)
			redistributors[i] = frame;
}

/* The redistributors of a region are side by side; the last one says that it is the last. */
static void walk_region(const struct gic_redist_region *region, uint64_t stride)
{
	uint64_t typer, step, end = region->base.v + region->size;

	for (uint64_t frame = region->base.v; frame + GICR_FRAMES_BYTES <= end; frame += step) {
		if (!mmu_can_read(frame)) {
			log_error("GIC: nothing can be read at 0x%lx, where a redistributor should be", frame);
			return;
		}
		typer = mmio_read64(frame + GICR_TYPER);
		note(frame, typer);
		step = typer & GICR_TYPER_VLPIS ? GICR_FRAMES_BYTES_VLPI : GICR_FRAMES_BYTES;
		if (stride)
			step = stride;
		if (typer & GICR_TYPER_LAST)
			return;
	}
}

enum err redistributor_find_all(const struct gic_place *place)
{
	enum err err = OK;

	if (place->redist_stride % GICR_FRAMES_BYTES) {
		log_error("GIC: redistributor-stride is 0x%lx; it must be a multiple of 0x%x", place->redist_stride,
				  GICR_FRAMES_BYTES);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < place->redist_region_count && err == OK; i++) {
		err = mmu_map_device(place->redist[i].base, place->redist[i].size);
		if (err == OK)
			walk_region(&place->redist[i], place->redist_stride);
	}
	return err;
}

static enum err wake(uint64_t frame)
{
	uint32_t waker = mmio_read32(frame + GICR_WAKER);

	mmio_write32(frame + GICR_WAKER, waker & ~(uint32_t)GICR_WAKER_PROCESSOR_SLEEP);
	return gic_wait_clear(frame + GICR_WAKER, (uint32_t)GICR_WAKER_CHILDREN_ASLEEP);
}

enum err redistributor_init_pcpu(void)
{
	unsigned pcpu = pcpu_this();
	uint64_t frame = redistributor_of(pcpu), sgi = frame + GICR_SGI_BASE;
	enum err err;

	if (!frame) {
		log_error("GIC: no redistributor has the affinity of pCPU %u, 0x%lx", pcpu, pcpu_mpidr_this());
		return ERR_NOT_FOUND;
	}
	err = wake(frame);
	if (err != OK)
		return err;
	mmio_write32(sgi + GIC_ICENABLER, UINT32_MAX);
	err = gic_wait_clear(frame + GICR_CTLR, (uint32_t)GICR_CTLR_RWP);
	if (err != OK)
		return err;
	mmio_write32(sgi + GIC_ICPENDR, UINT32_MAX);
	mmio_write32(sgi + GIC_ICACTIVER, UINT32_MAX);
	mmio_write32(sgi + GIC_IGROUPR, gic_has_two_states() ? UINT32_MAX : 0);
	for (unsigned intid = 0; intid < GIC_PRIVATE_COUNT; intid += 4)
		mmio_write32(sgi + GIC_IPRIORITYR + intid, GIC_PRIORITY_GUEST * 0x01010101u);
	return OK;
}
