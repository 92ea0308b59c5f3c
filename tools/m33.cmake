# Cortex-M33 without an operating system: the freestanding rooms compile here.
# The compiler writes what each function calls and has on its stack (*.ci),
# for tools/size.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -ffreestanding -fcallgraph-info=su")
# What -Os leaves on although it trades octets for time: moving work out of
# loops, and scheduling.
set(CMAKE_C_FLAGS_MINSIZEREL "-Os -fno-move-loop-invariants -fno-tree-loop-optimize -fno-schedule-insns2")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
