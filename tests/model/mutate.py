#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants mistakes in the virtual GIC, one at a time; each must be caught by a unit test or by exploration.

mutate.py [--explore] [--states N] [--world NAME] [NUMBER ...]   a check that lets one through exits 1 and names it
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True
import patience  # noqa: E402

HYPERVISOR = ROOT / "hypervisor"
CC = ["gcc", "-std=gnu11", "-O1"]
INCLUDE = ["-Itests/model/override", "-Ihypervisor", "-Iinclude", "-Itests/model", "-Itests/unit"]
FLOW = ("carry delivery direct effects effects_sample exit_short interface irq irq_short life mmio move mute pause registers run "
        "seize").split()
MODEL = ("access dump explore foreign hardware hardware_direct lives modes moves oracle pack reference seeds setup stubs "
         "world worlds").split()
DEEPER = 50  # times as many states for what the first exploration lets through
UNIT = ["vgic_lists", "vgic_changes", "vgic_active", "vgic_registers", "vgic_move", "vgic_direct",
        "vgic_forward", "vgic_raise"]

# What is replaced, by what: (file, old, new). The old text stands there once.
BUGS = [
    # The known ones of other projects.
    ("words.c", "word->effects->deactivate = give_back(word, bank, change);",
     "word->effects->deactivate = change & bank->linked;"),  # disabled while active: deactivated
    ("words.c", "word->effects->deactivate = give_back(word, bank, change);", "give_back(word, bank, change);"),
    ("choose.c", "list_active_ones(gic, cpu, lrs, 1);", "list_active_ones(gic, cpu, lrs, free_ones(lrs));"),
    ("lr.c", "vintid = vgic_best_active(gic, cpu, acknowledged);",
     "vintid = VGIC_NONE;\n\n\tfor (unsigned l = 0; l < VGIC_LEVELS; l++)\n\t\tif (cpu->active.levels >> l & 1)\n"
     "\t\t\tvintid = 32 * bits_lowest(cpu->active.banks[l]) + "
     "bits_lowest(cpu->active.bits[l][bits_lowest(cpu->active.banks[l])]);"),
    ("lr.c", "i < eoi_count;", "i < 0 * eoi_count;"),
    ("choose.c", "hcr |= ICH_HCR_TDIR | ICH_HCR_LRENPIE;", "hcr |= ICH_HCR_TDIR;"),
    ("choose.c", "hcr |= ICH_HCR_TDIR | ICH_HCR_LRENPIE;", "hcr |= ICH_HCR_LRENPIE;"),
    ("words.c", "taken = bank->taken & (bank->edge | bank->latched);", "taken = bank->taken;"),
    ("words.c", "taken = bank->taken & (bank->edge | bank->latched);", "taken = bank->taken & bank->edge;"),
    ("choose.c", "if (!((bank->edge | bank->latched) & bit))", "if (!(bank->latched & bit))"),
    ("choose.c", "if (!((bank->edge | bank->latched) & bit))", "if (!(bank->edge & bit))"),
    ("flow/effects_sample.c", "\t\tif (gic_is_pending(link_pcpu(&link), link.intid))\n\t\t\tcontinue;\n", ""),
    ("flow/effects_sample.c", "\t\tgic_clear_active(link_pcpu(&link), link.intid); /* and", "\t\t/* and"),
    ("choose.c", "gic->vcpu_count > 1 ? ICH_HCR_TDIR : 0", "0 * gic->vcpu_count"),
    ("flow/registers.c", "\t\tmmio_deactivate(vcpu, vintid);\n", "\t\t(void)0;\n"),
    ("flow/registers.c", "!deactivate_listed(vintid)", "(deactivate_listed(vintid), 1)"),
    ("flow/registers.c", "\t\tif (value & LR_HW)\n\t\t\tgic_deactivate", "\t\tif (0)\n\t\t\tgic_deactivate"),
    ("choose.c", "\t\thcr |= ICH_HCR_NPIE;\n", ""),
    ("lr.c", "image |= LR_EOI; /* the line", "image |= 0; /* the line"),
    ("lr.c", "bank->pending |= bit & (bank->edge | bank->latched);", "bank->pending |= bit & bank->edge;"),
    ("lr.c", "bank->pending |= bit & (bank->edge | bank->latched);", "bank->pending |= bit;"),
    ("lr.c", "\t\tbank->taken |= bit;\n", "\t\t(void)0;\n"),
    ("lr.c", "return bank->active | (bank->stray & ~bank->linked);", "return bank->active;"),
    ("lr.c", "return bank->active | (bank->stray & ~bank->linked);", "return bank->stray & ~bank->linked;"),
    ("choose.c", "return image | LR_EOI; /* its new", "return image; /* its new"),
    ("lr.c", "hand_over(gic, cpu, b, listed, &folded->attend);", "(void)0;"),
    ("lr.c", "hand_over(gic, cpu, vintid / 32, bit, &folded->attend);", "(void)0;"),
    ("lr.c", "hand_over(gic, cpu, b, news, elsewhere);", "(void)elsewhere;"),
    ("lr.c", "bank->stray &= ~(listed & ~bank->linked & ~bank->active);", "(void)0;"),
    ("choose.c", "withhold_pending(gic, cpu, lrs);\n\tcpu", "(void)withhold_pending;\n\tcpu"),
    ("choose.c", "hcr |= vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;", "(void)vmcr;"),
    ("choose.c", "hcr |= ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE;", "hcr |= ICH_HCR_VGRP0DIE;"),
    ("choose.c", "if (group0 & group1)", "if (group0 | group1)"),
    ("lr.c", "folded->deactivate[folded->deactivate_count++] = bank->intid[vintid % 32];",
     "folded->deactivate[0] = bank->intid[vintid % 32];"),
    ("choose.c", "if (cpu->active.levels || (cpu->pending.levels && !free_ones(lrs)))", "if (cpu->pending.levels && !free_ones(lrs))"),
    ("choose.c", "if (cpu->active.levels || (cpu->pending.levels && !free_ones(lrs)))", "if (cpu->active.levels)"),
    ("choose.c", "\tlist_waiting(gic, cpu, vmcr, lrs);\n\tcpu->hcr = hcr_for(gic, cpu, vmcr);\n}\n\nbool vgic_place",
     "\tlist_waiting(gic, cpu, vmcr, lrs);\n}\n\nbool vgic_place"),
    ("choose.c", "return !left && all_listed(cpu);", "return all_listed(cpu);"),
    ("flow/run.c", "(LR_PENDING | LR_ACTIVE)) != LR_ACTIVE", "(LR_PENDING | LR_ACTIVE)) == LR_PENDING"),
    ("flow/run.c", "(vcpu->refold || !vgic_fits", "(!vgic_fits"),
    ("lr.c", "return ~bank->forced;", "return UINT32_MAX | bank->forced;"),
    # Another VM ends what is active here.
    ("choose.c", "return ~(bank->linked & (bank->stray | bank->taken));", "return ~(bank->linked & bank->taken);"),
    ("choose.c", "return ~(bank->linked & (bank->stray | bank->taken));", "return ~(bank->linked & bank->stray);"),
    ("lr.c", "\t\tfolded->relink_banks |= 1u << vintid / 32;\n", "\t\t(void)0;\n"),
    ("words.c", "\tword->effects->relink |= mask & bank->stray & bank->linked;\n", ""),
    ("words.c", "\tvgic_word_collect(word, b, value); /* what came", "\t/* what came"),
    ("flow/effects.c", "(link->bank->enabled & ~link->bank->stray & bit)", "(link->bank->enabled & bit)"),
    ("flow/run.c", " && mute_is_late(vcpu))", " && 0 && mute_is_late(vcpu))"),
    ("choose.c", " || bank->forced & bit)", ")"),
    ("lr.c", "banks = cpu->listed_banks | cpu->forced_banks, vintid;", "banks = cpu->listed_banks, vintid;"),
    ("words.c", "\tbank->used |= value; /* first", "\t/* first"),
    ("flow/irq_short.c", "\tgic_short_synchronise();\n", ""),
    ("words.c", "word->effects->pend = linked & ~bank->taken;", "word->effects->pend = linked;"),
    ("choose.h", "return bank->enabled & groups;", "return bank->enabled;"),
    ("choose.h", "return bank->enabled & groups;", "return groups;"),
    ("lr.c", "return bank->pending | bank->taken | (bank->line & ~bank->edge);",
     "return bank->pending | bank->taken | bank->line;"),
    ("choose.c", "\t\tbank->taken &= ~bit;\n", ""),
    ("words.c", "\tvgic_word_collect(word, b, value);\n\tbank->pending", "\tbank->pending"),
    ("words.c", "atomic_or(&cpu->review[b], raised);", "(void)0;"),
    ("words.c", "word->effects->pend = back & (bank->edge | bank->latched);", "word->effects->pend = 0;"),
    ("words.c", "word->effects->pend = back & (bank->edge | bank->latched);",
     "word->effects->pend = back & bank->edge;"),
    ("words.c", "\tword->effects->deactivate |= mask & bank->linked & ~bank->taken;\n", ""),
    ("words.c", "\tword->effects->deactivate = value & bank->taken;\n", ""),
    ("words.c", "\tword->effects->unpend = value & bank->linked;\n", ""),
    ("words.c", "if (value & bank->line & ~bank->edge)", "if (0)"),
    ("words.c", "if (change & (bank->pending | bank->line | bank->taken))", "if (change & bank->pending)"),
    ("words.c", "if (!(bank->used & mask))", "if (1)"),
    ("words.c", "\tbank->used |= change;\n\tword->effects->enable", "\tword->effects->enable"),
    ("words.c", "word->effects->activate = change & bank->linked;", "(void)0;"),
    ("dist.c", "\tvgic_word_collect(word, b, bit);\n", ""),
    ("dist.c", "bank->stray |= bank->active & bit;", "(void)0;"),
    ("dist.c", "if (to == gic->vcpu_count || !vgic_queue_has(&gic->cpu[to]->active, vintid))\n", ""),
    ("dist.c", "word->effects->reroute = bit & bank->linked;", "(void)0;"),
    ("dist.c", "gic->cpu[from]->mine[b] &= ~bit;", "(void)0;"),
    ("dist.c", "word->effects->relink_all = word->effects->reconsider = true;", "(void)0;"),
    ("fields.c", "word->effects->relink = mask & bank->linked;", "(void)0;"),
    ("fields.c", "\tvgic_word_dequeue(word, vintid / 32, mask);\n", ""),
    ("fields.c", "change &= ~(0xffffu | bank->linked | bank->reserved);", "change &= ~0xffffu;"),
    ("vgic.c", "== group1)", "!= group1)"),
    ("vgic.c", "if (level && (cpu->private.edge >> vintid & 1))", "if (0)"),
    ("vgic.c", "if (level && (bank->edge >> (vintid % 32) & 1))", "if (0)"),
    ("short.h", "bank->edge & bank->enabled & cpu", "bank->enabled & cpu"),
    ("short.h", "bank->edge & bank->enabled & cpu", "bank->edge & cpu"),
    ("short.h", "bank->edge & bank->enabled & cpu->mine[vintid / 32]", "bank->edge & bank->enabled"),
    ("short.h", "bank->linked | bank->pending | bank->active", "bank->pending | bank->active"),
    ("short.h", "bank->active | bank->stray;", "bank->active;"),
    ("short.h", " || !(gic->ctlr >> group & 1)", ""),
    ("short.h", "return !(cpu->listed[vintid / 32] >> i & 1) || (empty >> bank->lr[i] & 1);", "return true;"),
    ("short.h", "\tcpu->listed[vintid / 32] |= 1u << i;\n", ""),
    ("short.h", "\tcpu->listed_banks |= 1u << vintid / 32;\n", ""),
    ("short.h", "\tbank->lr[i] = (uint8_t)n;\n", ""),
    ("short.h", "raised && !(raised & (raised - 1)) && !atomic_load(&cpu->review[0])", "raised && !(raised & (raised - 1))"),
    ("short.h", "raised && !(raised & (raised - 1)) && ", "raised && "),
    ("short.h", "\tatomic_or(&cpu->attend, 1u);\n\treturn false;", "\treturn false;"),
    ("flow/short.h", "vcpu->irq_tag == IRQ_TAG_NEVER || ", ""),
    ("flow/irq_short.c", "\t\t\tatomic_or(&vcpu->vgic.attend, 1u);\n", ""),
    ("flow/irq_short.c", "\t\tatomic_and(&vcpu->vgic.raised[0], ~(1u << vintid));\n", ""),
    ("flow/exit_short.c", "return !(value & ~bank->enabled);", "return true;"),
    ("flow/exit_short.c", "(vcpu->vgic.private.group1 >> sgi & 1) && ", ""),
    ("flow/exit_short.c", "\t\tif (!(atomic_load(&other->vgic.private.group1) >> sgi & 1))\n\t\t\tcontinue;\n", ""),
    # Moves.
    ("flow/carry.c", "\t\tgic_clear_active(0, intid);\n", ""),
    ("flow/carry.c", "result = gic_disable(0, intid);", "result = OK;"),
    ("flow/carry.c", "\t\tirq_take_away(&box.irqs, 0, intid);\n", ""),
    ("flow/carry.c", "\t} else if (atomic_load(&from->state) == VM_RUNNING) {\n\t\teffects_adopt(from, intid);\n", "\t} else {\n"),
    ("flow/carry.c", "out->pending = vgic_leave(&from->vgic, intid, &out->latched);",
     "vgic_leave(&from->vgic, intid, &out->latched);\n\t\tout->pending = false;"),
    ("flow/carry.c", "intid, luggage.pending, luggage.latched);", "intid, false, luggage.latched);"),
    ("flow/carry.c", "intid, luggage.pending, luggage.latched);", "intid, luggage.pending, false);"),
    ("flow/carry.c", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n", ""),
    ("flow/carry.c", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n", "\t\tgic_pend(0, intid);\n"),
    ("flow/carry.c", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n", "\t\tif (luggage.pending)\n\t\t\tgic_pend(0, intid);\n"),
    ("flow/carry.c", "\tif (atomic_load_acquire(&to->state) == VM_RUNNING) { /* pairs with life_stop() */", "\tif (1) {"),
    ("flow/carry.c", "\t\teffects_quiesce_one(to, intid); /*", "\t\t; /*"),
    ("flow/carry.c", "\thistory->move_count++;\n", ""),
    ("flow/pause.c", "\tif (!last || sync_hold_all(last, self, SYNC_HURRY_US))\n",
     "\tif (last)\n\t\tlast->vcpu[0]->hold += last != (self ? self->vm : NULL);\n\tif (1)\n"),
    ("flow/pause.c", "\tif (!sync_hold_all(first, self, SYNC_HURRY_US))\n",
     "\tfirst->vcpu[0]->hold += first != (self ? self->vm : NULL);\n\tif (0)\n"),
    ("flow/pause.c", "\tif (other)\n\t\tsync_release_all(other, self);\n", ""),
    ("flow/pause.c", "\tsync_release_all(pause->vm[0], self);\n", ""),
    ("flow/carry.c", " || is_handled(to, request, intid))", ")"),
    ("flow/carry.c", "return !request->force && is_active(vm, intid);", "return is_active(vm, intid);"),
    ("flow/carry.c", "return !request->force && is_active(vm, intid);", "return false;"),
    ("flow/carry.c", "return pause_has_handler(vm) || is_active(vm, intid);", "return is_active(vm, intid);"),
    ("flow/move.c", "if (atomic_load(&to->state) != VM_RUNNING)\n\t\treturn", "if (0)\n\t\treturn"),
    ("flow/carry.c", "if (atomic_load(&to->state) != VM_RUNNING) /*", "if (0) /*"),
    ("flow/sync.h", "return self && self->vm == vm ? all & ~(1u << self->index) : all;", "(void)all;\n\t(void)self;\n\treturn 0;"),
    ("flow/effects.c", "\t\tset_trigger(link);\n\t\tgic_route", "\t\tgic_route"),
    ("flow/effects.c", "\t\tgic_route(link->intid, vm->vcpu[link->target < vm->vcpu_count ? link->target : 0]->pcpu);\n",
     "\t\t(void)vm;\n"),
    ("flow/effects.c", "\tif (link->bank->enabled >> (link->vintid % 32) & 1)\n\t\tenable(link);\n\telse", "\tif (1)\n\t\tenable(link);\n\telse"),
    ("flow/effects.c", "\tif (link->bank->enabled >> (link->vintid % 32) & 1)\n\t\tenable(link);\n\telse", "\t"),
    ("flow/effects.c", "\t\tgic_unpend(link_pcpu(&link), link.intid);\n", ""),
    ("flow/effects.c", "\t\tgic_clear_active(link_pcpu(&link), link.intid);\n\t\tclassify", "\t\tclassify"),
    ("flow/effects.c", "\t\tset_disabled(&link);\n", "\t\tset_enabled(&link, false);\n"),
    ("flow/life.c", "\tvgic_reset(&vm->vgic); /* what", "\t; /* what"),
    ("flow/life.c", "\teffects_quiesce_shared(vm);\n\tlock", "\tlock"),
    ("link.c", "\tpending = bank->taken & latches;", "\tpending = bank->taken & bit;"),
    ("link.c", "\tpending = bank->taken & latches;", "\tpending = bank->taken & bank->edge & bit;"),
    ("link.c", "\tpending = bank->taken & latches;", "\tpending = bank->taken & bank->latched & bit;"),
    ("link.c", "\t*latched = latches;", "\t*latched = bank->latched & bit;"),
    ("link.c", "\tbank->taken &= ~bit;\n", ""),
    ("link.c", "\tbank->linked &= ~bit;\n", ""),
    ("link.c", "\tbank->pending &= ~bit;\n", ""),
    ("link.c", "pending |= (bank->pending & bit) != 0;", "(void)0;"),
    ("link.c", "\tbool pending;\n\n\tvgic_word_dequeue(&word, b, bit);\n\tvgic_word_collect", "\tbool pending;\n\n\tvgic_word_collect"),
    ("link.c", "\tvgic_word_collect(&word, b, bit);\n\tpending = ", "\tpending = "),
    ("link.c", "\tvgic_word_collect(&word, b, bit);\n\tpending |= ", "\tpending |= "),
    ("link.c", "bank->latched = pending || latched ? ", "bank->latched = latched ? "),
    ("link.c", "bank->stray &= ~bit | bank->active;", "(void)0;"),
    # Changes of delivery.
    ("flow/run.c", "\t\trun_end_maintenance(vcpu); /* while", "\t\t/* while"),
    ("flow/run.c", "\tif (vcpu->direct)\n\t\tdirect_leave(vcpu);\n\tdo {", "\tdo {"),
    ("flow/carry.c", " && vm == move_owner(intid);", ";"),
    ("flow/carry.c", "\tif (atomic_load(&vm->vgic.direct))\n\t\treturn pause_has_handler", "\tif (0)\n\t\treturn pause_has_handler"),
    ("flow/carry.c", "direct ? gic_is_active(0, intid) : vgic_is_active(&vm->vgic, intid);",
     "vgic_is_active(&vm->vgic, intid);\n\t(void)direct;"),
    ("flow/life.c", "\tvcpu->busy = false; /* its", "\t/* its"),
    ("flow/life.c", "\tdelivery_end(vm);\n", ""),
    ("flow/life.c", "\tif (vcpu->direct)\n\t\tdirect_leave(vcpu);\n\tgic_vif", "\tgic_vif"),
    ("direct.c", "\tbank->latched |= bank->pending & bank->reserved & ~bank->edge;", "\t"),
    ("direct.c", "(bank->stray & ~bank->linked);", "bank->stray;"),
    ("direct.c", "\t\t.deactivate = bank->taken,\n", ""),
    ("direct.c", ".pend = (bank->taken & (bank->edge | bank->latched)) |", ".pend ="),
    ("direct.c", "((bank->pending | level_lines(bank)) & bank->reserved)", "(bank->pending & bank->reserved)"),
    ("direct.c", "((bank->pending | level_lines(bank)) & bank->reserved)", "(level_lines(bank) & bank->reserved)"),
    ("direct.c", "\tbank->taken = 0;\n", ""),
    ("direct.c", "\tbank->pending &= ~bank->reserved;\n", ""),
    ("direct.c", "\tbank->linked |= bank->reserved;\n", ""),
    ("direct.c", "\tbank->linked &= ~bank->reserved;\n", ""),
    ("direct.c", "\tbank->pending |= pending & bank->reserved & ~level_lines(bank);", "\t(void)pending;"),
    ("direct.c", "bank->reserved & ~level_lines(bank);", "bank->reserved;"),
    ("direct.c", ".vcpu = vcpu, .unpend = bank->reserved};", ".vcpu = vcpu};"),
    ("direct.c", "\tvgic_word_collect(&word, b, UINT32_MAX);\n", ""),
    ("direct.c", "\tvgic_word_dequeue(&word, b, UINT32_MAX);\n", ""),
    ("direct.c", "\tvgic_word_changed(&word, b, UINT32_MAX);\n", "\t(void)word;\n"),
    ("direct.c", ".pend = (raised & bank->linked) | (levels & bank->line),", ".pend = raised & bank->linked,"),
    ("direct.c", ".pend = (raised & bank->linked) | (levels & bank->line),", ".pend = levels & bank->line,"),
    ("direct.c", ".unpend = levels & ~bank->line & ~bank->latched,", ".unpend = 0,"),
    ("direct.c", ".unpend = levels & ~bank->line & ~bank->latched,", ".unpend = levels & ~bank->line,"),
    ("direct.c", "bank->pending |= raised & ~bank->linked;", "(void)0;"),
    ("flow/effects.c", "irq_direct_priority(link->bank->priority[link->vintid % 32]));", "0x80);"),
    ("flow/effects.c", "is_forwarded(link) && (link->bank->group1 >> (link->vintid % 32) & 1));", "is_forwarded(link));"),
    ("flow/effects.c", "\tif (!link->vm->vgic.direct)\n\t\tset_enabled(link, true);", "\tset_enabled(link, true);"),
    ("flow/effects.c", "link->intid, link->vm->vgic.direct);", "link->intid, 0);"),
    ("flow/effects.c", "\tfor_each_bank(vm, disable_bank);\n", "\t(void)disable_bank;\n"),
    ("flow/effects.c", "\tfor_each(vm->vcpu[0], &effects, effects.deactivate, deactivate);\n", ""),
    ("flow/effects.c", "\tfor_each(vm->vcpu[0], &effects, effects.pend, pend);\n", ""),
    ("flow/effects.c", "\t\t\tfor_each(vm->vcpu[v], &effects, effects.pend, pend);\n", ""),
    ("flow/effects.c", "\t\t\tfor_each(vm->vcpu[v], &effects, effects.unpend, unpend);\n", ""),
    ("flow/effects.c", "\tfor_each(vm->vcpu[0], &effects, effects.unpend, unpend);\n", ""),
    ("flow/effects.c", "\tfor_each(vm->vcpu[0], &effects, reserved, classify);\n", ""),
    ("flow/effects_sample.c", "\t\tfound |= effects_active(vm->vcpu[0], b, 0, vm->vgic.spi[b - 1].linked);", "\t\t(void)b;"),
    ("flow/delivery.c", "(pause_has_handler(vm) || effects_has_active(vm))", "pause_has_handler(vm)"),
    ("flow/delivery.c", "\t\tresult = obstacle(vm, &stranger);\n", "\t\tresult = DELIVERY_DONE * (int)obstacle(vm, &stranger);\n"),
    ("flow/delivery.c", "again ? cpu_counter()", "0 ? cpu_counter()"),
    ("flow/direct.c", "\t\tgic_set_split_eoi(false);\n", "\t\t(void)0;\n"),
    ("flow/direct.c", "vmcr | (physical.enabled ? ICH_VMCR_VENG1 : 0)", "vmcr | ICH_VMCR_VENG1"),
    ("flow/direct.c", ".enabled = vmcr & ICH_VMCR_VENG1,", ".enabled = true,"),
    ("flow/direct.c", ".split_eoi = vmcr & ICH_VMCR_VEOIM,", ".split_eoi = false,"),
    ("flow/direct.c", ".mask = irq_direct_mask((uint8_t)FIELD_GET(ICH_VMCR_VPMR, vmcr)),", ".mask = 0xff,"),
    ("flow/direct.c", "\tif (id == ICC_PMR_EL1 && write)\n"
     "\t\tgic_set_mask(irq_direct_mask((uint8_t)FIELD_GET(ICH_VMCR_VPMR, gic_vif_vmcr())));\n", ""),
    ("flow/direct.c", "gic_set_split_eoi(value & ICC_CTLR_EOIMODE);", "(void)0;"),
    ("flow/direct.c", "\tgic_direct_close();\n", ""),
    ("flow/direct.c", "\tguest_take_irqs(false);\n", ""),
    ("flow/direct.c", "\t\tgic_deactivate(vintid);\n", "\t\t(void)0;\n"),
    ("flow/delivery.c", "\t\tdelivery_must_leave(vcpu, why, stranger);\n", "\t\t(void)0;\n"),
    ("flow/mmio.c", "\tif (effects.reconsider && gic->direct)\n\t\tdelivery_check(vcpu);\n", ""),
    ("flow/mmio.c", "access->value |= effects_active(vcpu, effects.bank, effects.vcpu, effects.ask_active);",
     "(void)0;"),
    ("flow/exit_short.c", "\t\t\tgic_short_send(other->notify, sgi);\n", "\t\t\t(void)sgi;\n"),
    ("vgic.c", "return gic->direct && !(bank->edge >> (vintid % 32) & 1);",
     "(void)gic;\n\t(void)bank;\n\t(void)vintid;\n\treturn 0;"),
    ("words.c", "\t\tword->effects->activate = value & bank->linked;\n", ""),
    ("words.c", "\t\tword->effects->deactivate = value & bank_of(word, b)->linked;\n", ""),
    ("queue.h", "level = bits_lowest(queue->levels);", "level = 31 - (unsigned)__builtin_clz(queue->levels);"),
    ("queue.h", "\tif (queue->bits[level][bank])\n\t\treturn;\n", ""),
    ("vgic.c", "if (target == seen || !take_back(gic, seen, vintid))", "if (1 || !take_back(gic, seen + target, vintid))"),
    ("words.c", "mask &= word->private_bank ? 0 : ~devices(bank);", "mask = 0;"),
]


def compile_to(out, source, first=()):
    return subprocess.run([*CC, *first, *INCLUDE, "-c", str(source), "-o", str(out)], cwd=ROOT, check=True)


def common_objects(work):
    """What no mistake is planted in, compiled once."""
    sources = [f"tests/model/{n}.c" for n in MODEL]
    sources += ["hypervisor/irq/owner.c", "hypervisor/device/pl011.c", "hypervisor/device/ptimer.c",
                *map(str, sorted((HYPERVISOR / "memory").glob("*.c"))), *map(str, sorted((HYPERVISOR / "vm").glob("*.c")))]
    sources += [f"hypervisor/base/{n}.c" for n in "error format lock log report ring".split()]
    objects = []
    for source in sources:
        objects.append(work / (source.replace("/", "_") + ".o"))
        compile_to(objects[-1], source)
    return objects


def sources_in(tree):
    return sorted((tree / "vgic").glob("*.c")) + [tree / "flow" / f"{name}.c" for name in FLOW]


def compile_tree(tree, changed=None):
    """vgic/ and flow/ under `tree`: all of it, or what a change of one file reaches."""
    for source in sources_in(tree):
        if changed is None or changed.suffix == ".h" or changed == source:
            compile_to(source.with_suffix(".o"), source, [f"-I{tree}"])


def caught_by(work, tree, model, options, deeper=True):
    """The name of what fails with vgic/ and flow/ as they are under `tree`, or None."""
    objects = [source.with_suffix(".o") for source in sources_in(tree)]
    vgic = [str(path) for path in objects if path.parent.name == "vgic"]
    panic = work / "panic.o"
    for test in [] if options.explore else UNIT:
        program = work / test
        subprocess.run([*CC, f"-I{tree}", *INCLUDE, f"tests/unit/test_{test}.c", *vgic, str(panic),
                        "-lcmocka", "-o", str(program)], cwd=ROOT, check=True)
        if patience.run([program], capture_output=True).returncode:
            return f"test_{test}.c"
    program = work / "explore"
    limited = ["prlimit", f"--cpu={patience.PROCESSOR_SECONDS * DEEPER}"]  # a mistake may lead round and round
    subprocess.run([*CC, *map(str, model + objects), "-lfdt", "-o", str(program)], cwd=ROOT, check=True)
    for states in (options.states, options.states * DEEPER)[:2 if deeper else 1]:
        run = subprocess.run([*limited, program, "--first", "--states", str(states), "--world", options.world], capture_output=True,
                             text=True)
        if run.returncode:
            return "exploration: " + next((line[2:] for line in run.stdout.splitlines() if line.startswith("# ")), "crash")
    return None


def plant(tree, bug):
    name, old, new = bug
    path = tree / name if "/" in name else tree / "vgic" / name
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"mutate.py: {name}: stands there {text.count(old)} times, should be once: {old}")
    path.write_text(text.replace(old, new))
    compile_tree(tree, path)

    def undo():
        path.write_text(text)
        compile_tree(tree, path)
    return undo


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--states", type=int, default=20000)
    parser.add_argument("--explore", action="store_true", help="without the unit tests")
    parser.add_argument("--world", default="", help="exploration of those whose names begin so alone")
    parser.add_argument("numbers", type=int, nargs="*")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        tree = work / "tree"
        for room in "vgic", "flow":
            shutil.copytree(HYPERVISOR / room, tree / room)
        compile_tree(tree)
        (work / "panic.c").write_text("#include <stdlib.h>\nvoid panic(const char *f, ...);\n"
                                      "void panic(const char *f, ...) { (void)f; abort(); }\n")
        compile_to(work / "panic.o", work / "panic.c")
        model = common_objects(work)
        if not options.numbers and caught_by(work, tree, model, options, deeper=False):
            sys.exit("mutate.py: the tests fail before anything is planted")
        for number, bug in enumerate(BUGS, 1):
            if options.numbers and number not in options.numbers:
                continue
            undo = plant(tree, bug)
            found = caught_by(work, tree, model, options)
            undo()
            missed += found is None
            print(f"{number:3} {'caught' if found else 'MISSED'} {bug[0]}: {bug[1].strip()[:60]!r}: {found}", flush=True)
    print(f"{missed} of {len(options.numbers or BUGS)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
